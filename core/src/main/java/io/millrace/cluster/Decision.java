package io.millrace.cluster;

import java.util.List;

/**
 * What a command comes to. Nothing has changed yet. Ring 0.
 *
 * @param events to be stored together, then applied in this order; empty if everything is so already
 * @param reply for the asker, when the events are durable
 */
public record Decision<R>(List<MetadataEvent> events, R reply) {
    public Decision {
        events = List.copyOf(events);
    }

    static <R> Decision<R> of(MetadataEvent event, R reply) {
        return new Decision<>(List.of(event), reply);
    }

    static <R> Decision<R> nothing(R reply) {
        return new Decision<>(List.of(), reply);
    }
}
