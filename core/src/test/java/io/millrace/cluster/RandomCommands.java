package io.millrace.cluster;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Commands as a busy and careless user gives them: about a third are refused. */
final class RandomCommands {
    static final MetadataRules RULES = new MetadataRules(6, 8, 24, 2, 1, TopicConfig.EMPTY);

    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f", "g", "__x", "no/pe");

    private static final List<ConfigKey> KEYS = List.copyOf(EnumSet.allOf(ConfigKey.class));

    private final Random random;

    RandomCommands(Random random) {
        this.random = random;
    }

    MetadataCommand<?> next() {
        int kind = random.nextInt(12);
        if (kind < 1) return startBroker(random.nextInt(3));
        if (kind < 5)
            return new CreateTopic(id(), name(), random.nextInt(10) - 1, random.nextInt(4) - 1, config(), origin());
        if (kind < 8) return new AlterConfig(name(), config(), removed(), expected(), origin());
        if (kind < 9) return new AddPartitions(name(), random.nextInt(10), origin());
        if (kind < 11) return new DeleteTopic(name(), origin());
        return new AllocateProducerIds(random.nextInt(2000) - 100);
    }

    StartBroker startBroker(int node) {
        return new StartBroker(node, new UUID(77, node), id());
    }

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private UUID id() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private Origin origin() {
        return random.nextInt(5) == 0 ? Origin.BROKER : Origin.USER;
    }

    private Long expected() {
        return random.nextBoolean() ? null : Long.valueOf(random.nextInt(40));
    }

    private TopicConfig config() {
        return switch (random.nextInt(5)) {
            case 0 -> TopicConfig.parse(Map.of("retention.ms", random.nextInt(1000), "flush", "os"));
            case 1 -> TopicConfig.parse(Map.of("storage", "memory"));
            case 2 -> TopicConfig.parse(Map.of("min.insync.replicas", 1 + random.nextInt(2)));
            case 3 -> TopicConfig.parse(Map.of("compression.type", "zstd", "segment.bytes", "10MiB"));
            default -> TopicConfig.EMPTY;
        };
    }

    private EnumSet<ConfigKey> removed() {
        var removed = EnumSet.noneOf(ConfigKey.class);
        if (random.nextInt(3) == 0) removed.add(KEYS.get(random.nextInt(KEYS.size())));
        return removed;
    }
}
