package io.millrace.cluster;

import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The events of one decision as one record batch, so that all of them are stored or none; an event is the value of a
 * record, and its offset is the version of the image before it. Ring 0.
 */
final class EventBatch {
    private EventBatch() {}

    /** A batch at its place in the log. */
    static ByteBuffer encode(List<MetadataEvent> events, long offset, long timestamp) {
        var builder = new RecordBatchBuilder();
        for (var event : events) {
            builder.append(timestamp, null, MetadataCodec.encode(event).array());
        }
        var bytes = builder.build();
        RecordBatch.of(bytes).stamp(offset, 0);
        return bytes;
    }

    /** The events of a batch read from the log; CORRUPT_MESSAGE if it is not one of ours. */
    static List<MetadataEvent> decode(RecordBatch batch) {
        if (!batch.isValid()) throw Refusal.CORRUPT_MESSAGE.because(batch + " of the metadata is damaged");
        var events = new ArrayList<MetadataEvent>();
        try (var records = batch.records(0)) {
            while (records.next()) {
                var value = records.value();
                if (value == null) {
                    throw Refusal.CORRUPT_MESSAGE.because("record " + records.offset() + " of the metadata is empty");
                }
                events.add(MetadataCodec.decodeEvent(value));
            }
        }
        return events;
    }
}
