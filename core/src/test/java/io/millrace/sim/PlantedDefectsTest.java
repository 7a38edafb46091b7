package io.millrace.sim;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.model.PartitionId;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The history and its ledgers are no better than what they catch: each of these nodes is wrong, and is found out. */
@ExtendWith(QuietLogs.class)
class PlantedDefectsTest {
    private static final int SEEDS = 400;

    @Test
    void anAckBeforeTheSyncIsCaught() {
        caught("", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            void force(String path, DiskFile file) {
                if (!isRecords(path)) super.force(path, file);
            }
        }));
    }

    @Test
    void aNewSegmentWithoutASyncOfItsDirectoryIsCaught() {
        caught("", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            public void syncDirectory(String path) {
                if (path.isEmpty() || !path.startsWith("partitions/")) super.syncDirectory(path);
            }
        }));
    }

    @Test
    void aFailedSyncThatIsTriedAgainIsCaught() {
        caught("", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            void force(String path, DiskFile file) {
                try {
                    super.force(path, file);
                } catch (DiskException failed) {
                    super.force(path, file);
                }
            }
        }));
    }

    @Test
    void aLogThatIsCutAtRotIsCaught() {
        caught("", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            public ByteBuffer readAll(String path, int limit) {
                var bytes = super.readAll(path, limit);
                return path.endsWith("/mark") ? ByteBuffer.allocate(bytes.remaining()) : bytes;
            }
        }));
    }

    @Test
    void aRestartThatDoesNotSyncTheTailIsCaught() {
        caught("lost at a power cut", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            void force(String path, DiskFile file) {
                if (!starting.getAsBoolean() || !isRecords(path)) super.force(path, file);
            }
        }));
    }

    @Test
    void aDurableMarkThatIsWrittenBeforeTheSyncIsCaught() {
        caught("damaged|missing on disk", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            void force(String path, DiskFile file) {
                if (isRecords(path) && !starting.getAsBoolean()) {
                    mark(Disk.parent(path) + "/mark", endOf(file));
                }
                super.force(path, file);
            }
        }));
    }

    @Test
    void aHighWatermarkInFrontOfTheSyncIsCaught() {
        caught("", storage((log, derived) -> new EagerLog(log)));
    }

    @Test
    void aSnapshotThatIsTakenTooLateIsCaught() {
        caught("", storage((log, derived) -> new WrappedLog(log) {
            @Override
            public Future<Void> append(ByteBuffer batch) {
                derived.replay(RecordBatch.of(batch));
                return super.append(batch);
            }
        }));
    }

    /** @param words a pattern for what one of the findings says; in some lives other words come sooner */
    private static void caught(String words, Defects defects) {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                ManyLivesTest.live(seed, defects);
            } catch (AssertionError found) {
                if (Pattern.compile(words).matcher(found.getMessage()).find()) return;
            }
        }
        throw new AssertionError("no finding in " + SEEDS + " seeds says: " + words);
    }

    private interface DiskDefect {
        Disk of(Disk sound, BooleanSupplier starting);
    }

    private static Defects disk(DiskDefect defect) {
        return new Defects() {
            @Override
            public Disk disk(Disk sound, BooleanSupplier starting) {
                return defect.of(sound, starting);
            }
        };
    }

    private interface LogDefect {
        PartitionLog of(PartitionLog log, DerivedState derived);
    }

    private static Defects storage(LogDefect defect) {
        return new Defects() {
            @Override
            public LogStorage storage(LogStorage sound) {
                return new WrappedStorage(sound, defect);
            }
        };
    }

    /** Whether a file is a segment of a partition. */
    private static boolean isRecords(String path) {
        return path.startsWith("partitions/") && path.endsWith(".log");
    }

    private static long endOf(DiskFile file) {
        var bytes = ByteBuffer.allocate((int) file.size());
        file.read(0, bytes);
        bytes.flip();
        long end = 0;
        for (int at = 0; at < bytes.limit(); ) {
            int size = RecordBatch.sizeAt(bytes, at);
            if (size < 0 || at + size > bytes.limit()) break;
            end = RecordBatch.at(bytes, at).nextOffset();
            at += size;
        }
        return end;
    }

    /** A disk through which everything goes, for somebody to leave something out. */
    private static class LyingDisk implements Disk {
        private final Disk sound;

        LyingDisk(Disk sound) {
            this.sound = sound;
        }

        /** Somebody syncs the file that was opened under this path. */
        @SuppressWarnings("UnusedVariable") // for those who leave something out
        void force(String path, DiskFile file) {
            file.force();
        }

        /** Makes the mark of a log durable. */
        void mark(String path, long offset) {
            if (!sound.exists(path)) return;
            var bytes = ByteBuffer.allocate(16).putLong(0, offset);
            var crc = new CRC32C();
            crc.update(bytes.duplicate().limit(8));
            bytes.putInt(8, (int) crc.getValue());
            try (var file = sound.open(path, Mode.WRITE)) {
                file.write(0, bytes);
                file.force();
            }
        }

        @Override
        public void createDirectory(String path) {
            sound.createDirectory(path);
        }

        @Override
        public List<Entry> list(String path) {
            return sound.list(path);
        }

        @Override
        public boolean exists(String path) {
            return sound.exists(path);
        }

        @Override
        public ByteBuffer readAll(String path, int limit) {
            return sound.readAll(path, limit);
        }

        @Override
        public DiskFile open(String path, Mode mode) {
            var file = sound.open(path, mode);
            return new DiskFile() {
                @Override
                public long size() {
                    return file.size();
                }

                @Override
                public void append(ByteBuffer... bytes) {
                    file.append(bytes);
                }

                @Override
                public void write(long position, ByteBuffer bytes) {
                    file.write(position, bytes);
                }

                @Override
                public int read(long position, ByteBuffer into) {
                    return file.read(position, into);
                }

                @Override
                public void force() {
                    LyingDisk.this.force(path, file);
                }

                @Override
                public void truncate(long size) {
                    file.truncate(size);
                }

                @Override
                public void close() {
                    file.close();
                }
            };
        }

        @Override
        public void rename(String from, String to) {
            sound.rename(from, to);
        }

        @Override
        public void delete(String path) {
            sound.delete(path);
        }

        @Override
        public void syncDirectory(String path) {
            sound.syncDirectory(path);
        }

        @Override
        public long usableBytes() {
            return sound.usableBytes();
        }

        @Override
        public long totalBytes() {
            return sound.totalBytes();
        }
    }

    private record WrappedStorage(LogStorage sound, LogDefect defect) implements LogStorage {
        @Override
        public Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived) {
            return sound.open(partition, options, derived).map(log -> defect.of(log, derived));
        }

        @Override
        public void configure(PartitionId partition, LogOptions options) {
            sound.configure(partition, options);
        }

        @Override
        public Future<Void> delete(PartitionId partition) {
            return sound.delete(partition);
        }

        @Override
        public Future<Set<PartitionId>> list() {
            return sound.list();
        }

        @Override
        public Future<Void> upkeep() {
            return sound.upkeep();
        }

        @Override
        public LogStats stats(PartitionId partition) {
            return sound.stats(partition);
        }

        @Override
        public Future<Void> close() {
            return sound.close();
        }
    }

    private static class WrappedLog implements PartitionLog {
        private final PartitionLog log;

        WrappedLog(PartitionLog log) {
            this.log = log;
        }

        @Override
        public long start() {
            return log.start();
        }

        @Override
        public long end() {
            return log.end();
        }

        @Override
        public long durableEnd() {
            return log.durableEnd();
        }

        @Override
        public Future<Void> append(ByteBuffer batch) {
            return log.append(batch);
        }

        @Override
        public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
            return log.read(from, upTo, maxBytes);
        }

        @Override
        public Future<Long> batchAt(long timestamp) {
            return log.batchAt(timestamp);
        }

        @Override
        public Future<Void> truncateTo(long offset) {
            return log.truncateTo(offset);
        }

        @Override
        public Future<Void> deleteBefore(long offset) {
            return log.deleteBefore(offset);
        }

        @Override
        public Future<Void> close() {
            return log.close();
        }
    }

    /** Calls everything durable that it has taken. */
    private static final class EagerLog extends WrappedLog {
        EagerLog(PartitionLog log) {
            super(log);
        }

        @Override
        public long durableEnd() {
            return end();
        }

        @Override
        public Future<Void> append(ByteBuffer batch) {
            var real = super.append(batch);
            return real.failed() ? real : Future.succeededFuture();
        }
    }
}
