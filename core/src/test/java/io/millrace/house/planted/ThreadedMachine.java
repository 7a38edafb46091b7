package io.millrace.house.planted;

import io.vertx.core.Vertx;
import java.nio.file.Path;

/** Breaks three rules at once. */
public final class ThreadedMachine {
    public Thread start(Vertx vertx, Path path) {
        return new Thread(() -> vertx.close(), path.toString());
    }
}
