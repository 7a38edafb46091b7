package io.millrace.log.segment;

import io.millrace.log.LogStorage;
import io.millrace.log.disk.FileDisk;
import io.millrace.sim.DirectWork;
import io.millrace.sim.LogContract;
import io.millrace.sim.LogEnvironment;
import io.millrace.sim.SimulatedTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** Segments on a real disk keep the contract of a log. */
class SegmentsOnDiskTest implements LogContract {
    @TempDir
    private Path directory;

    @Override
    public LogEnvironment environment() {
        try {
            return new OnDisk(Files.createTempDirectory(directory, "log"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int seeds() {
        return 5;
    }

    private static final class OnDisk implements LogEnvironment {
        private final SimulatedTime time = new SimulatedTime();
        private final Path path;
        private LogStorage storage;

        OnDisk(Path path) {
            this.path = path;
            this.storage = open(false);
        }

        private LogStorage open(boolean clean) {
            var options = new SegmentStorage.Options("partitions", 0, 0, clean);
            return SegmentStorage.open(FileDisk.at(path.toString()), new DirectWork(), time, options, failure -> {
                        throw new AssertionError(failure);
                    })
                    .result();
        }

        @Override
        public LogStorage storage() {
            return storage;
        }

        @Override
        public void settle() {
            time.advance(Duration.ZERO);
        }

        @Override
        public void reopen() {
            storage = open(true);
        }

        @Override
        public boolean durable() {
            return true;
        }

        @Override
        public long wallMillis() {
            return time.wallMillis();
        }

        @Override
        public void advance(long millis) {
            time.advance(Duration.ofMillis(millis));
        }

        @Override
        public void jump(long millis) {
            time.jumpWall(Duration.ofMillis(millis));
        }

        @Override
        public void close() {
            storage.close();
        }
    }
}
