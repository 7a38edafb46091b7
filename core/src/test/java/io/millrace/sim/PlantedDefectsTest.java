package io.millrace.sim;

import io.millrace.log.DerivedState;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
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
            protected void force(String path, DiskFile file) {
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
            protected void force(String path, DiskFile file) {
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
            protected void force(String path, DiskFile file) {
                if (!starting.getAsBoolean() || !isRecords(path)) super.force(path, file);
            }
        }));
    }

    @Test
    void aDurableMarkThatIsWrittenBeforeTheSyncIsCaught() {
        caught("damaged|missing on disk", disk((sound, starting) -> new LyingDisk(sound) {
            @Override
            protected void force(String path, DiskFile file) {
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
        caught("", storage((log, derived) -> new WrappedStorage.Log(log) {
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

    private static Defects storage(BiFunction<PartitionLog, DerivedState, PartitionLog> defect) {
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

    /** Calls everything durable that it has taken. */
    private static final class EagerLog extends WrappedStorage.Log {
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
