package io.millrace.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.MillraceException;
import io.millrace.sim.Seeds;
import java.util.HashSet;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataSequencesTest {
    private int accepted;
    private int refused;

    @Test
    void eventsAndSnapshotsRebuildTheImageInAThousandHistories() {
        Seeds.forEach(1000, random -> new History(random).run());
        assertThat(accepted).isPositive();
        assertThat(refused).isPositive();
    }

    /** One image that follows the decisions, one that follows the encoded events, one that often starts anew. */
    private final class History {
        private final Random random;
        private final RandomCommands commands;
        private final MetadataImage image = new MetadataImage();
        private final MetadataImage replayed = new MetadataImage();
        private final HashSet<UUID> ids = new HashSet<>();
        private MetadataImage restarted = new MetadataImage();

        History(Random random) {
            this.random = random;
            this.commands = new RandomCommands(random);
        }

        void run() {
            execute(commands.startBroker(0));
            for (int i = 0; i < 60; i++) {
                execute(commands.next());
                if (random.nextInt(10) == 0) restarted = MetadataCodec.decodeImage(MetadataCodec.encode(restarted));
                if (random.nextInt(20) == 0) checkInvariants();
            }
            checkInvariants();
            assertThat(replayed).isEqualTo(image);
            assertThat(restarted).isEqualTo(image);
            assertThat(image.copy()).isEqualTo(image);
        }

        private <R> void execute(MetadataCommand<R> command) {
            Decision<R> decision;
            try {
                decision = command.decide(image, RandomCommands.RULES);
                accepted++;
            } catch (MillraceException refusal) {
                refused++;
                return;
            }
            for (var event : decision.events()) {
                if (event instanceof MetadataEvent.TopicCreated created) {
                    assertThat(ids.add(created.id())).isTrue();
                }
                var read = MetadataCodec.decodeEvent(MetadataCodec.encode(event));
                if (!read.equals(event)) throw new AssertionError(event + " comes back as " + read);
                image.apply(event);
                replayed.apply(read);
                restarted.apply(read);
            }
            checkReply(command, decision.reply());
        }

        /** What the asker is told is what the image says. */
        private void checkReply(MetadataCommand<?> command, Object reply) {
            if (reply instanceof CreateTopic.Created created) {
                assertThat(created.topic())
                        .isEqualTo(image.topic(created.topic().name()));
            } else if (reply instanceof TopicMetadata topic && !(command instanceof DeleteTopic)) {
                assertThat(topic).isEqualTo(image.topic(topic.name()));
            } else if (reply instanceof StartBroker.Started started) {
                assertThat(started.broker())
                        .isEqualTo(image.brokers().get(started.broker().node()));
            }
        }

        private void checkInvariants() {
            assertThat(image.topics().size()).isLessThanOrEqualTo(RandomCommands.RULES.maxTopics());
            int partitions = 0;
            for (var topic : image.topics().values()) {
                assertThat(image.topic(topic.id())).contains(topic);
                assertThat(topic.configVersion()).isBetween(1L, image.version());
                partitions += topic.partitions().size();
                for (var partition : topic.partitions()) {
                    assertThat(image.brokers().keySet()).containsAll(partition.replicas());
                    assertThat(partition.replicas()).doesNotHaveDuplicates();
                }
            }
            assertThat(image.partitionCount())
                    .isEqualTo(partitions)
                    .isLessThanOrEqualTo(RandomCommands.RULES.maxPartitions());
        }
    }
}
