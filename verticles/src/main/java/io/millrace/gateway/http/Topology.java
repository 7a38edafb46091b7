package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.MillraceException;
import org.jspecify.annotations.Nullable;

/** Tells those who follow a topic when it may have changed. For one event loop. */
final class Topology {
    private final Node node;
    private final Destinations destinations;
    private long version = -1;
    private boolean hasChanged;

    Topology(Node node, Destinations destinations) {
        this.node = node;
        this.destinations = destinations;
    }

    /** Looks again; called some times a second. */
    void look() {
        long now = node.metadata().version();
        hasChanged = now != version;
        version = now;
    }

    /** Whether topics may be others than at the look before. */
    boolean hasChanged() {
        return hasChanged;
    }

    /** Tells a tail what its topic is now. */
    void refresh(TopicTail tail) {
        if (hasChanged) tail.refresh(find(tail.topic().name()));
    }

    private @Nullable Destination find(String topic) {
        try {
            return destinations.of(topic);
        } catch (MillraceException deleted) {
            return null;
        }
    }
}
