package io.millrace.cluster;

import static io.millrace.cluster.Refused.refused;
import static io.millrace.model.Refusal.CORRUPT_MESSAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataCodecTest {
    private static final UUID ID = new UUID(1, 2);
    private static final TopicConfig CONFIG = TopicConfig.parse(Map.of("retention.ms", "1d", "flush", "os"));
    private static final List<MetadataEvent> EVENTS = List.of(
            new MetadataEvent.ClusterFormed(ID),
            new MetadataEvent.BrokerStarted(7, ID),
            new MetadataEvent.TopicCreated(ID, "orders", CONFIG, List.of(List.of(7, 8), List.of(8, 7))),
            new MetadataEvent.ConfigChanged(ID, TopicConfig.EMPTY),
            new MetadataEvent.PartitionsAdded(ID, List.of(List.of(1))),
            new MetadataEvent.TopicDeleted(ID),
            new MetadataEvent.ProducerIdsAllocated(Long.MAX_VALUE - 1, 1));

    @Test
    void everyEventComesBackAsItWas() {
        for (var event : EVENTS) {
            assertThat(MetadataCodec.decodeEvent(MetadataCodec.encode(event))).isEqualTo(event);
        }
    }

    @Test
    void everyCutOrLengthenedEventIsRefused() {
        for (var event : EVENTS) {
            var bytes = MetadataCodec.encode(event);
            for (int size = 0; size < bytes.remaining(); size++) {
                var cut = bytes.slice(0, size);
                refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(cut), "metadata event cannot be read");
            }
            var longer = ByteBuffer.allocate(bytes.remaining() + 1).put(bytes).rewind();
            refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(longer), "1 bytes too many");
        }
    }

    @Test
    void anotherVersionOrKindIsRefusedAndNotGuessed() {
        var bytes = MetadataCodec.encode(EVENTS.get(0));
        bytes.put(0, (byte) 2);
        refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(bytes), "version 2", "reads version 1");
        var image = MetadataCodec.encode(new MetadataImage());
        image.put(0, (byte) 2);
        refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeImage(image), "snapshot", "version 2");
        for (int kind : new int[] {-1, 0, 8, 127}) {
            var unknown = MetadataCodec.encode(EVENTS.get(0)).put(1, (byte) kind);
            refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(unknown), "kind " + kind);
        }
    }

    @Test
    void aConfigurationKeyOfALaterBrokerIsRefused() {
        var out = new CodecOutput()
                .int8(1)
                .int8(4)
                .uuid(ID)
                .int32(1)
                .text("tiered.storage")
                .text("true");
        refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(out.toBuffer()), "'tiered.storage'");
        var twice = new CodecOutput()
                .int8(1)
                .int8(4)
                .uuid(ID)
                .int32(2)
                .text("flush")
                .text("os");
        twice.text("flush").text("os");
        refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(twice.toBuffer()), "twice");
        var loose = new CodecOutput()
                .int8(1)
                .int8(4)
                .uuid(ID)
                .int32(1)
                .text("retention.ms")
                .text("7d");
        refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(loose.toBuffer()), "canonical");
    }

    @Test
    void aLyingLengthAllocatesNothing() {
        for (int count : new int[] {-1, Integer.MIN_VALUE, 1000, Integer.MAX_VALUE}) {
            var list = new CodecOutput()
                    .int8(1)
                    .int8(5)
                    .uuid(ID)
                    .int32(count)
                    .int32(1)
                    .int32(0);
            refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(list.toBuffer()), "a list of " + count);
            var text = new CodecOutput().int8(1).int8(3).uuid(ID).int32(count).int32(0);
            refused(CORRUPT_MESSAGE, () -> MetadataCodec.decodeEvent(text.toBuffer()));
        }
    }

    @Test
    void randomBytesAndFlippedBitsEndInARefusalOrAValueThatComesBack() {
        var image = new MetadataImage();
        for (int i : new int[] {0, 1, 6}) {
            if (EVENTS.get(i) instanceof MetadataEvent.ProducerIdsAllocated) {
                image.apply(new MetadataEvent.ProducerIdsAllocated(0, 5));
            } else {
                image.apply(EVENTS.get(i));
            }
        }
        image.apply(EVENTS.get(2));
        var snapshot = MetadataCodec.encode(image);
        assertThat(MetadataCodec.decodeImage(snapshot)).isEqualTo(image);
        int survived = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            var random = new Random(seed);
            boolean ofImage = random.nextBoolean();
            var original = ofImage ? snapshot : MetadataCodec.encode(EVENTS.get(random.nextInt(EVENTS.size())));
            var bytes = ByteBuffer.allocate(original.remaining())
                    .put(original.duplicate())
                    .flip();
            int flips = 1 + random.nextInt(3);
            for (int i = 0; i < flips; i++) bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt(256));
            try {
                var again = ofImage
                        ? MetadataCodec.encode(MetadataCodec.decodeImage(bytes))
                        : MetadataCodec.encode(MetadataCodec.decodeEvent(bytes));
                survived++;
                // Maps have one order and bytes may have another, so sizes are compared rather than bytes.
                assertThat(again.remaining()).as("seed " + seed).isEqualTo(bytes.remaining());
            } catch (MillraceException refusal) {
                assertThat(refusal.refusal()).as("seed " + seed).isEqualTo(CORRUPT_MESSAGE);
            }
        }
        assertThat(survived).isPositive();
    }
}
