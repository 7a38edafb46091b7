package io.millrace.broker.client;

import io.millrace.ConsumerOptions;
import io.millrace.Record;
import io.millrace.consume.FailureRules;
import io.millrace.consume.InFlight;
import io.millrace.consume.Lease;
import io.millrace.consume.ProcessingOrder;
import io.millrace.time.Timers;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives records to a function of the user, as {@link InFlight} allows, and takes the future that it returns for the
 * answer. Knows no Vert.x; for one thread. Ring 1.
 */
final class Processing<K, V> implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Processing.class);
    /** No timer is set for longer; it rings in vain then, and is set again. */
    private static final long MAX_ALARM_MILLIS = 86_400_000;
    /** Where nobody waits for a record to be done. */
    static final long NO_TIMEOUT = Long.MAX_VALUE >> 1;

    /** What the consumer is told. */
    interface Listener {
        /** Runs something on the thread of the consumer: now, if that is the caller's. */
        void run(Runnable task);

        /** A record is not being processed any more: there may be room for another. */
        void moved();

        /** A record was not processed, and nothing else will be. */
        void stopped(Throwable cause);

        /** The processing of a record takes longer than it may. */
        void overdue(Lease<Integer, ?> lease);
    }

    /** Somebody who waits until nothing of some partitions is being processed. */
    private record Drain(List<Integer> partitions, Promise<Void> done) {}

    private final InFlight<Integer, Record<K, V>> inFlight;
    private final ProcessingOrder order;
    private final FailureRules rules;
    private final Function<Record<K, V>, Future<Void>> function;
    private final Timers timers;
    private final Listener listener;
    private final List<Drain> drains = new ArrayList<>();
    private Timers.@Nullable Timer alarm;
    private boolean isRunning;

    /** Processes as the options say; {@code timeoutMillis} is what one record may take. */
    static <K, V> Processing<K, V> of(
            ConsumerOptions options,
            long timeoutMillis,
            Function<Record<K, V>, Future<Void>> function,
            Timers timers,
            Listener listener) {
        var inFlight = new InFlight<Integer, Record<K, V>>(
                options.getOrder(), options.getConcurrency(), options.getMaxInFlight(), timeoutMillis);
        var rules = new FailureRules(options.getOnFailure(), options.getMaxAttempts(), options.getOnLastFailure());
        return new Processing<>(inFlight, options.getOrder(), rules, function, timers, listener);
    }

    private Processing(
            InFlight<Integer, Record<K, V>> inFlight,
            ProcessingOrder order,
            FailureRules rules,
            Function<Record<K, V>, Future<Void>> function,
            Timers timers,
            Listener listener) {
        this.inFlight = inFlight;
        this.order = order;
        this.rules = rules;
        this.function = function;
        this.timers = timers;
        this.listener = listener;
    }

    boolean hasRoom() {
        return inFlight.hasRoom() && !inFlight.isStopped();
    }

    /** Whether nothing is being processed, also nothing of partitions that were taken away. */
    boolean isQuiet() {
        return inFlight.running() == 0;
    }

    /** Whether everything that was taken in is settled. */
    boolean isDone() {
        return inFlight.held() == 0;
    }

    void take(StoredRecord<K, V> record) {
        var key = order == ProcessingOrder.KEY ? record.keyBytes() : null;
        inFlight.add(record.partition(), record.offset(), key, record);
    }

    /** Begins whatever may be processed now. */
    void run() {
        if (isRunning) return;
        isRunning = true;
        try {
            long now = timers.millis();
            for (var lease = inFlight.next(now); lease != null; lease = inFlight.next(now)) begin(lease);
        } finally {
            isRunning = false;
        }
        setAlarm();
    }

    private void begin(Lease<Integer, Record<K, V>> lease) {
        Future<Void> answer;
        try {
            answer = Objects.requireNonNull(function.apply(lease.record()), "the function gave no future");
        } catch (RuntimeException | Error thrown) {
            answer = Future.failedFuture(thrown);
        }
        answer.onComplete(result -> listener.run(() -> ended(lease, result)));
    }

    private void ended(Lease<Integer, Record<K, V>> lease, AsyncResult<Void> result) {
        if (result.succeeded() || lease.isForgotten()) inFlight.settle(lease);
        else failed(lease, result.cause());
        checkDrains();
        listener.moved();
        run();
    }

    private void failed(Lease<Integer, Record<K, V>> lease, Throwable cause) {
        switch (rules.judge(cause, lease.attempts())) {
            case RETRY -> inFlight.retry(lease);
            case SKIP -> {
                LOG.warn("{} is skipped after {} attempts", lease.record(), lease.attempts(), cause);
                inFlight.settle(lease);
            }
            case STOP -> {
                LOG.error("stopped in front of {} after {} attempts", lease.record(), lease.attempts(), cause);
                inFlight.stop(lease);
                listener.stopped(cause);
            }
        }
    }

    /** One timer, for the record that is being processed for the longest time. */
    private void setAlarm() {
        if (alarm != null) return;
        long deadline = inFlight.nextDeadline();
        if (deadline == InFlight.NEVER) return;
        long delay = Math.min(MAX_ALARM_MILLIS, Math.max(1, deadline - timers.millis()));
        alarm = timers.after(delay, () -> {
            alarm = null;
            var overdue = inFlight.overdue(timers.millis());
            if (!overdue.isEmpty()) listener.overdue(overdue.get(0));
            else setAlarm();
        });
    }

    /** See {@link io.millrace.Consumer#extend}. */
    boolean extend(int partition, long offset) {
        return inFlight.extend(partition, offset, timers.millis());
    }

    @Override
    public void assign(PartitionCursor cursor) {
        inFlight.assign(cursor.partition(), cursor.next());
    }

    @Override
    public void jumped(int partition, long offset) {
        if (!inFlight.isAssigned(partition)) return;
        inFlight.forget(partition);
        inFlight.assign(partition, offset);
    }

    @Override
    public Future<Void> drain(Collection<Integer> partitions) {
        var those = partitions.stream().filter(inFlight::isAssigned).toList();
        for (var partition : those) inFlight.drain(partition);
        var drain = new Drain(those, Promise.promise());
        drains.add(drain);
        checkDrains();
        return drain.done.future();
    }

    private void checkDrains() {
        if (drains.isEmpty()) return;
        var done = new ArrayList<Drain>();
        for (var drain : drains) {
            boolean isIdle = drain.partitions.stream()
                    .allMatch(partition -> !inFlight.isAssigned(partition) || inFlight.isIdle(partition));
            if (isIdle) done.add(drain);
        }
        drains.removeAll(done);
        for (var drain : done) drain.done.complete();
    }

    @Override
    public void forget(int partition) {
        if (inFlight.isAssigned(partition)) inFlight.forget(partition);
        checkDrains();
    }

    @Override
    public Map<Integer, Long> uncommitted() {
        return inFlight.uncommitted();
    }

    @Override
    public void committed(int partition, long position) {
        inFlight.committed(partition, position);
    }

    /** Nothing of this is wanted any more. */
    void end() {
        inFlight.stop();
        if (alarm != null) alarm.cancel();
        alarm = null;
    }
}
