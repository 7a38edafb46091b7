package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.MillraceException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataSequencesTest {
    private static final int SEEDS = 1000;
    private static final int COMMANDS = 60;

    @Test
    void eventsAndSnapshotsRebuildTheImageInAThousandHistories() {
        int accepted = 0;
        int refused = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            var where = "seed " + seed;
            var random = new Random(seed);
            var commands = new RandomCommands(random);
            var image = new MetadataImage();
            var replayed = new MetadataImage();
            var restarted = new MetadataImage();
            var ids = new HashSet<UUID>();
            for (int i = 0; i < COMMANDS; i++) {
                var command = i == 0 ? commands.startBroker(0) : commands.next();
                var events = decide(command, image);
                if (events == null) refused++;
                else accepted++;
                for (var event : events == null ? List.<MetadataEvent>of() : events) {
                    if (event instanceof MetadataEvent.TopicCreated created) {
                        assertThat(ids.add(created.id())).as(where).isTrue();
                    }
                    var bytes = MetadataCodec.encode(event);
                    var read = MetadataCodec.decodeEvent(bytes);
                    if (!read.equals(event)) assertThat(read).as(where).isEqualTo(event);
                    image.apply(event);
                    replayed.apply(read);
                    restarted.apply(read);
                }
                if (random.nextInt(10) == 0) restarted = MetadataCodec.decodeImage(MetadataCodec.encode(restarted));
                if (random.nextInt(20) == 0) checkInvariants(image, where);
            }
            assertThat(replayed).as(where).isEqualTo(image);
            assertThat(restarted).as(where).isEqualTo(image);
            assertThat(image.copy()).as(where).isEqualTo(image);
        }
        assertThat(accepted).isGreaterThan(SEEDS * COMMANDS / 3);
        assertThat(refused).isGreaterThan(SEEDS * COMMANDS / 10);
    }

    private static List<MetadataEvent> decide(MetadataCommand<?> command, MetadataImage image) {
        try {
            return new ArrayList<>(command.decide(image, RandomCommands.RULES).events());
        } catch (MillraceException refusal) {
            return null;
        }
    }

    private static void checkInvariants(MetadataImage image, String where) {
        assertThat(image.topics().size()).as(where).isLessThanOrEqualTo(RandomCommands.RULES.maxTopics());
        int partitions = 0;
        for (var topic : image.topics().values()) {
            assertThat(image.topic(topic.id())).as(where).contains(topic);
            assertThat(topic.configVersion()).as(where).isBetween(1L, image.version());
            partitions += topic.partitions().size();
            for (var partition : topic.partitions()) {
                assertThat(image.brokers().keySet()).as(where).containsAll(partition.replicas());
                assertThat(partition.replicas()).as(where).doesNotHaveDuplicates();
            }
        }
        assertThat(image.partitionCount())
                .as(where)
                .isEqualTo(partitions)
                .isLessThanOrEqualTo(RandomCommands.RULES.maxPartitions());
    }
}
