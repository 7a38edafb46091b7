package io.millrace.broker.client;

import io.vertx.core.Closeable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.function.Supplier;

/**
 * The context that a producer or consumer lives on: one task at a time, in order, whatever its threading model. The only
 * class that looks behind the public face of a context.
 */
public final class Owner {
    private final Vertx vertx;
    private final ContextInternal context;

    private Owner(Vertx vertx, ContextInternal context) {
        this.vertx = vertx;
        this.context = context;
    }

    /** The context of the caller; a new one if the caller has none. */
    public static Owner current(Vertx vertx) {
        return new Owner(vertx, ((ContextInternal) vertx.getOrCreateContext()).unwrap());
    }

    public Context context() {
        return context;
    }

    /** This context if it is on an event loop; else one on an event loop, for what must not wait behind a busy worker. */
    Context loopContext() {
        return context.isEventLoopContext() ? context : ((VertxInternal) vertx).createEventLoopContext();
    }

    /** Whether the caller may touch what lives here. */
    public boolean isHere() {
        if (context.isEventLoopContext()) return context.inThread();
        var current = ContextInternal.current();
        return current != null && current.unwrap() == context;
    }

    /** Runs the task now if the caller is here, else later. */
    public void run(Runnable task) {
        if (isHere()) task.run();
        else later(task);
    }

    /** Runs the task here, after what waits already. */
    public void later(Runnable task) {
        context.runOnContext(now -> task.run());
    }

    /** Makes something here, after what waits already, so that it belongs to this context. */
    public <T> Future<T> call(Supplier<T> making) {
        var made = Promise.<T>promise();
        later(() -> {
            try {
                made.complete(making.get());
            } catch (RuntimeException thrown) {
                made.fail(thrown);
            }
        });
        return made.future();
    }

    /** A promise whose future completes on the context of the caller. */
    public <T> Promise<T> promise() {
        var current = ContextInternal.current();
        return (current != null ? current : (ContextInternal) vertx.getOrCreateContext()).promise();
    }

    /** Calls a handler of the user on this context; what it throws goes where Vert.x sends such things. */
    public <T> void call(Handler<T> handler, T argument) {
        context.emit(argument, handler);
    }

    /** Calls a handler of the user on this context. */
    public void call(Handler<Void> handler) {
        context.emit(handler);
    }

    /** Tells of what a handler of the user has thrown. */
    public void report(Throwable failure) {
        context.reportException(failure);
    }

    /** Calls {@code hook} when the verticle here is undeployed, or Vert.x is closed. */
    public void onClose(Closeable hook) {
        context.addCloseHook(hook);
    }

    public void forgetOnClose(Closeable hook) {
        context.removeCloseHook(hook);
    }
}
