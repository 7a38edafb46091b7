package io.millrace.log;

import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Several storages as one: which of them keeps a partition is asked when its log is opened. One home thread. */
public final class StorageByPartition implements LogStorage {
    private final List<LogStorage> all;
    private final Function<PartitionId, LogStorage> choice;
    private final Map<PartitionId, LogStorage> open = new HashMap<>();

    /** @param choice one of {@code all}, or a refusal thrown */
    public StorageByPartition(List<LogStorage> all, Function<PartitionId, LogStorage> choice) {
        this.all = List.copyOf(all);
        this.choice = choice;
    }

    @Override
    public Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived) {
        LogStorage chosen;
        try {
            chosen = choice.apply(partition);
        } catch (RuntimeException refused) {
            return Future.failedFuture(refused);
        }
        open.put(partition, chosen);
        return chosen.open(partition, options, derived);
    }

    @Override
    public void configure(PartitionId partition, LogOptions options) {
        var storage = open.get(partition);
        if (storage != null) storage.configure(partition, options);
    }

    /** Nobody may know any more where the partition was, so all storages forget it. */
    @Override
    public Future<Void> delete(PartitionId partition) {
        open.remove(partition);
        return each(storage -> storage.delete(partition));
    }

    @Override
    public Future<Set<PartitionId>> list() {
        var lists = all.stream().map(LogStorage::list).toList();
        return Future.all(lists).map(listed -> {
            var union = new HashSet<PartitionId>();
            for (var list : lists) union.addAll(list.result());
            return union;
        });
    }

    @Override
    public Future<Void> upkeep() {
        return each(LogStorage::upkeep);
    }

    @Override
    public LogStats stats(PartitionId partition) {
        return open.getOrDefault(partition, all.get(0)).stats(partition);
    }

    @Override
    public Future<Void> close() {
        return each(LogStorage::close);
    }

    private Future<Void> each(Function<LogStorage, Future<Void>> work) {
        var futures = new ArrayList<Future<Void>>();
        for (var storage : all) futures.add(work.apply(storage));
        return Future.join(futures).mapEmpty();
    }
}
