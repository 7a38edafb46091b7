package io.millrace.group;

import io.millrace.sim.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** A shard on a log that sometimes fails, members that come, go, stall and die, and what must hold all the time. */
final class GroupWorld {
    static final String GROUP = "billing";
    static final Map<String, Integer> TOPICS = new TreeMap<>(Map.of("orders", 7, "payments", 4));

    private record Given(int generation, TopicPartition partition) {}

    final SimulatedTime time = new SimulatedTime();
    GroupShard shard;
    private final MemoryGroupLog log = new MemoryGroupLog(time);
    private final Random random;
    private final boolean cooperative;
    private final List<SimulatedMember> members = new ArrayList<>();
    private final Map<Given, String> owners = new HashMap<>();
    private final Map<TopicPartition, Long> committed = new HashMap<>();
    private String violation;
    private long ids;
    private int names;
    private int instances;

    GroupWorld(Random random) {
        this.random = random;
        this.cooperative = random.nextBoolean();
        log.delayMillis = () -> random.nextInt(4) == 0 ? random.nextInt(40) : 1;
        var options = GroupOptions.DEFAULT.withQuietMillis(random.nextInt(200));
        shard = GroupShard.open("sim/0", log, time, () -> new UUID(0, ++ids), options)
                .result();
    }

    /** Noted, because a future swallows what is thrown where it completes. */
    void broken(String what) {
        if (violation == null) violation = "at " + time.millis() + " ms: " + what;
    }

    private void check() {
        if (violation != null) throw new AssertionError(violation);
    }

    /** A member was told its share. */
    void given(int generation, String member, List<TopicPartition> share) {
        for (var partition : share) {
            var before = owners.putIfAbsent(new Given(generation, partition), member);
            if (before != null && !before.equals(member) && !isSameInstance(before, member)) {
                broken(partition + " has two owners in generation " + generation + ": " + before + " and " + member);
            }
        }
    }

    /** A static member that comes back has a new id, and its former life is fenced. */
    private static boolean isSameInstance(String left, String right) {
        return left.startsWith("i-") && left.substring(0, 4).equals(right.substring(0, 4));
    }

    /** The shard has said yes to a commit. */
    void committed(String who, Claim claim, Map<TopicPartition, OffsetToCommit> offsets) {
        offsets.forEach((partition, commit) -> {
            long before = committed.getOrDefault(partition, 0L);
            if (commit.offset() < before) {
                broken(partition + " went back from " + before + " to " + commit.offset() + " by " + who + " " + claim);
            }
            committed.put(partition, commit.offset());
        });
    }

    void live(Duration duration) {
        for (int n = 1 + random.nextInt(3); n > 0; n--) come();
        long until = time.millis() + duration.toMillis();
        while (time.millis() < until) {
            time.advance(Duration.ofMillis(1_000 + random.nextInt(60_000)));
            check();
            members.removeIf(SimulatedMember::dead);
            switch (random.nextInt(9)) {
                case 0, 1, 2 -> come();
                case 3 -> any(SimulatedMember::leave);
                case 4 -> any(SimulatedMember::die);
                case 5, 6, 7 -> any(member -> member.stall(random.nextInt(60_000)));
                default -> log.next = MemoryGroupLog.Fate.values()[random.nextInt(3)];
            }
        }
    }

    private void come() {
        if (members.size() >= 5) return;
        var instance = random.nextInt(3) == 0 ? "i-" + (10 + instances++ % 3) : null;
        var member = new SimulatedMember(this, new Random(random.nextLong()), "c" + ++names, instance, cooperative);
        members.add(member);
        member.start();
    }

    private void any(java.util.function.Consumer<SimulatedMember> what) {
        if (!members.isEmpty()) what.accept(members.get(random.nextInt(members.size())));
    }

    /** No more changes: within one timeout everything has one owner, who knows it. */
    void calm() {
        log.next = MemoryGroupLog.Fate.STORED;
        if (members.stream().allMatch(SimulatedMember::dead)) come();
        members.forEach(member -> member.stall(0));
        time.advance(Duration.ofMillis(SimulatedMember.PROCESSING));
        check();
        var view = shard.describe(GROUP);
        time.advance(Duration.ofMillis(50));
        if (view.result().state() != GroupState.STABLE) {
            throw new AssertionError("one timeout after the last change the group is " + view.result());
        }
        var owned = new HashMap<TopicPartition, SimulatedMember>();
        for (var member : members) {
            if (member.dead()) continue;
            for (var partition : member.owned()) {
                var other = owned.put(partition, member);
                if (other != null) {
                    throw new AssertionError(partition + " has two owners at the end: " + other + " and " + member
                            + "; " + view.result());
                }
            }
        }
        int all = TOPICS.values().stream().mapToInt(count -> count).sum();
        if (owned.size() != all) {
            throw new AssertionError(
                    "one timeout after the last change only " + owned.keySet() + " are owned; " + view.result());
        }
    }

    /** What was answered is there. */
    void checkCommits() {
        check();
        var answered = Map.copyOf(committed);
        var found = shard.committed(GROUP, null);
        time.advance(Duration.ofMillis(50));
        answered.forEach((partition, offset) -> {
            var kept = found.result().get(partition);
            if (kept == null || kept.offset() < offset) {
                throw new AssertionError(partition + " was committed to " + offset + " and is at " + kept);
            }
        });
    }

    long commits() {
        return committed.values().stream().mapToLong(offset -> offset).sum();
    }

    int generations() {
        return (int) owners.keySet().stream().map(Given::generation).distinct().count();
    }
}
