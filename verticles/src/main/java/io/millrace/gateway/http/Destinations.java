package io.millrace.gateway.http;

import io.millrace.cluster.Origin;
import io.millrace.cluster.TopicName;
import io.millrace.gateway.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The topics that this event loop has to do with, worked out once for each version of the metadata. */
final class Destinations {
    private static final int MOST = 10_000;

    private final Node node;
    private final Cursors cursors;
    private final Map<String, Destination> known = new HashMap<>();
    private long version = -1;

    Destinations(Node node) {
        this.node = node;
        this.cursors = new Cursors(node.secret());
    }

    /** The topic of a name; refuses a bad name with 400, an unknown one with 404, one of the broker's own with 400. */
    Destination of(String name) {
        var image = node.metadata();
        if (image.version() != version || known.size() > MOST) {
            known.values().removeIf(old -> !old.topic().equals(image.topics().get(old.name())));
            if (known.size() > MOST) known.clear();
            version = image.version();
        }
        var destination = known.get(name);
        if (destination != null) return destination;
        TopicName.check(name, Origin.USER);
        var topic = image.topic(name);
        destination = new Destination(
                topic,
                node.rules().effective(topic.config()),
                cursors,
                ThreadLocalRandom.current().nextInt());
        known.put(name, destination);
        return destination;
    }
}
