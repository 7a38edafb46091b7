package io.millrace.broker.client;

import io.millrace.ConsumerOptions;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a consumer without a group: those it was told, or all there are, also those that come later. Ring 1.
 */
final class WholeTopic implements PartitionSource {
    private final Surroundings surroundings;
    private final Owner owner;
    private final ConsumerOptions options;
    private final StartPositions positions;
    private final Delivery delivery;
    private @Nullable Runnable unwatch;
    private boolean isEnded;

    WholeTopic(
            Surroundings surroundings,
            Owner owner,
            ConsumerOptions options,
            StartPositions positions,
            Delivery delivery) {
        this.surroundings = surroundings;
        this.owner = owner;
        this.options = options;
        this.positions = positions;
        this.delivery = delivery;
    }

    @Override
    public Future<Void> begin(TopicRoute topic) {
        return StartPositions.choose(topic, options.getPartitions())
                .compose(chosen -> positions.find(topic, chosen, options.getFrom()))
                .map(found -> {
                    if (isEnded) return null;
                    delivery.route(topic);
                    found.forEach(delivery::add);
                    if (options.getPartitions().isEmpty() && !options.isStopAtEnd()) watch(topic);
                    return null;
                });
    }

    private void watch(TopicRoute topic) {
        unwatch = surroundings.watch(() -> owner.run(() -> look(topic.name())));
        look(topic.name());
    }

    private void look(String topic) {
        if (isEnded) return;
        surroundings.route(topic).onSuccess(now -> owner.run(() -> addPartitions(now)));
    }

    /** What is new is read from its beginning, wherever the others began. */
    private void addPartitions(TopicRoute now) {
        var known = delivery.route();
        if (isEnded || known == null || !known.id().equals(now.id()) || now.partitions() <= known.partitions()) return;
        delivery.route(now);
        for (int n = known.partitions(); n < now.partitions(); n++) {
            delivery.add(new PartitionCursor(n, 0, PartitionCursor.NO_END));
        }
    }

    @Override
    public Future<Void> end() {
        isEnded = true;
        if (unwatch != null) unwatch.run();
        return Future.succeededFuture();
    }
}
