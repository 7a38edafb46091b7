package io.millrace.sim;

import io.millrace.log.disk.DiskWork;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** Does everything at once, on the thread that asks. */
public final class DirectWork implements DiskWork {
    @Override
    public <T> Future<T> run(Lane lane, Supplier<T> work) {
        T result;
        try {
            result = work.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
        return Future.succeededFuture(result);
    }
}
