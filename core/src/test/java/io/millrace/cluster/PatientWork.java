package io.millrace.cluster;

import io.millrace.log.disk.DiskWork;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/** Disk work that is done when the test says so, or at once. */
final class PatientWork implements DiskWork {
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean atOnce = true;

    void wait(boolean wished) {
        atOnce = !wished;
    }

    void runAll() {
        for (var next = waiting.poll(); next != null; next = waiting.poll()) next.run();
    }

    int waiting() {
        return waiting.size();
    }

    @Override
    public <T> Future<T> run(Lane lane, Supplier<T> work) {
        var done = Promise.<T>promise();
        waiting.add(() -> {
            T result;
            try {
                result = work.get();
            } catch (RuntimeException failure) {
                done.fail(failure);
                return;
            }
            done.complete(result);
        });
        if (atOnce) runAll();
        return done.future();
    }
}
