package io.millrace.broker.partitions;

import io.millrace.log.disk.DiskWork;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The threads that may wait for the disk on behalf of one home: one that syncs, one that tidies up, two that read. They
 * end when idle, except the first, and are never interrupted, because an interrupt would close the file for everybody.
 */
public final class DiskThreads implements DiskWork {
    private static final int READERS = 2;
    private static final long IDLE_SECONDS = 10;

    private final Home home;
    private final ExecutorService sync;
    private final ExecutorService upkeep;
    private final ExecutorService read;

    /** @param name shown in the names of the threads */
    public DiskThreads(Home home, String name) {
        this.home = home;
        this.sync = Executors.newSingleThreadExecutor(threads(name + "-sync"));
        this.upkeep = pool(1, name + "-upkeep");
        this.read = pool(READERS, name + "-read");
    }

    private static ThreadPoolExecutor pool(int size, String name) {
        var pool = new ThreadPoolExecutor(
                size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory threads(String name) {
        return work -> {
            var thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public <T> Future<T> run(Lane lane, Supplier<T> work) {
        var done = Promise.<T>promise();
        executor(lane).execute(() -> {
            T result;
            try {
                result = work.get();
            } catch (RuntimeException | LinkageError | AssertionError failed) {
                home.execute(() -> done.fail(failed));
                return;
            }
            home.execute(() -> done.complete(result));
        });
        return done.future();
    }

    private ExecutorService executor(Lane lane) {
        return switch (lane) {
            case SYNC -> sync;
            case UPKEEP -> upkeep;
            case READ -> read;
        };
    }

    /** Lets the threads end after the work they have. */
    public void close() {
        sync.shutdown();
        upkeep.shutdown();
        read.shutdown();
    }
}
