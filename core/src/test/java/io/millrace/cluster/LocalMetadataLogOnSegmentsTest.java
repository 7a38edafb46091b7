package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.disk.FileDisk;
import io.millrace.log.segment.SegmentStorage;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata on real files: segments for the log, a checkpoint for the snapshot. */
class LocalMetadataLogOnSegmentsTest {
    private static final UUID DIRECTORY = new UUID(1, 1);

    @TempDir
    private Path directory;

    private final PatientWork work = new PatientWork();
    private final ArrayList<Throwable> failures = new ArrayList<>();

    LocalMetadataLogOnSegmentsTest() {
        work.wait(true);
    }

    @Test
    void metadataSurvivesAStopAndAnEndWithoutAStop() {
        for (int life = 0; life < 6; life++) {
            var storage = storage();
            var metadata = open(storage);
            assertThat(metadata.image().topics()).hasSize(life * 5);
            assertThat(metadata.image().nextProducerId()).isEqualTo(life * 100L);
            await(metadata.submit(new StartBroker(0, DIRECTORY, new UUID(2, 2))));
            for (int i = 0; i < 5; i++) {
                var id = new UUID(life, i);
                await(metadata.submit(new CreateTopic(id, "topic-" + id, 3, 1, TopicConfig.EMPTY, Origin.USER)));
            }
            await(metadata.submit(new AllocateProducerIds(100)));
            assertThat(metadata.image()
                            .topic("topic-" + new UUID(0, 0))
                            .partition(2)
                            .leaderEpoch())
                    .isEqualTo(life);
            boolean stopped = life % 2 == 0;
            if (stopped) {
                await(metadata.close());
                await(storage.close());
            }
        }
        assertThat(failures).isEmpty();
    }

    private SegmentStorage storage() {
        var options = new SegmentStorage.Options("logs", 0, 0, false);
        return await(
                SegmentStorage.open(FileDisk.at(directory.toString()), work, new Asleep(), options, failures::add));
    }

    private LocalMetadataLog open(SegmentStorage storage) {
        var log = await(storage.open(LocalMetadataLog.PARTITION, LocalMetadataLog.LOG_OPTIONS, DerivedState.NONE));
        var options = new LocalMetadataLog.Options("metadata", 10, 1 << 20, 100, MetadataRules.DEFAULT);
        return await(LocalMetadataLog.open(log, FileDisk.at(directory.toString()), work, new Asleep(), options));
    }

    private <T> T await(Future<T> future) {
        work.runAll();
        assertThat(future.isComplete()).isTrue();
        if (future.failed()) throw new AssertionError(future.cause());
        return future.result();
    }

    /** Nothing that waits for time ever happens. */
    private static final class Asleep implements Timers {
        @Override
        public long wallMillis() {
            return 43_200_000;
        }

        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public Timer after(long millis, Runnable action) {
            return () -> {};
        }
    }
}
