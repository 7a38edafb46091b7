package io.millrace;

import io.vertx.codegen.annotations.CacheReturn;
import io.vertx.codegen.annotations.Fluent;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import java.util.List;
import java.util.function.Function;

/**
 * Reads one topic. Without a group it reads all of it, or the partitions it was told, from a position on, and keeps no
 * position beyond its own life: so does every other such consumer. With {@link ConsumerOptions#getGroup} it shares the
 * topic with the other members of the group, goes on where the group has committed, and commits.
 *
 * <p>The records go to a {@link #handler}, to a {@code Flowable}, or to a function: {@link #process}. Demand reaches the log: after {@code pause(); fetch(10)} ten records come and the log is not read further than the
 * chunk that held them. Records of a partition come in the order of their offsets; partitions take turns.
 *
 * <p>A consumer lives on the context that created it: handlers run there, one record at a time. It may be steered from
 * any thread. {@code handler(null)} means leave: it ends reading for good, as {@link #close} does.
 *
 * <p>A member of a group that is paused stays a member: it keeps its partitions, however long. Closing the verticle that
 * owns a consumer closes it, and it leaves its group at once.
 */
@VertxGen
public interface Consumer<K, V> extends ReadStream<Record<K, V>> {
    /** The topic this consumer reads. */
    @CacheReturn
    String topic();

    /**
     * Processes every record with a function: a record is done when the future succeeds, and a failure is judged by its
     * type ({@link io.millrace.consume.RecordFailure}) or by the options: retried at once, skipped, or the end of the
     * consumer in front of that record. Up to {@link ConsumerOptions#getConcurrency} records are processed at the same
     * time, in the {@link ConsumerOptions#getOrder order} chosen.
     *
     * <p>With a group what is done is committed: only the prefix of a partition in which nothing is unfinished, in the
     * background, and before partitions are given back or the consumer closes. So a record is processed at least once,
     * and not again when its commit was answered. Instead of {@link #handler}; once only. {@link #pause} and {@link
     * #fetch} count records for which the function is yet to be called.
     */
    @Fluent
    Consumer<K, V> process(Function<Record<K, V>, Future<Void>> function);

    /**
     * Gives a record that is being processed its whole {@link ConsumerOptions#getProcessingTimeoutMillis} anew. False if
     * it is not being processed here any more, or its partition was taken away.
     */
    Future<Boolean> extend(Record<K, V> record);

    /** The partitions it reads: those it was told, all, or those that the group has given it. They may change. */
    Future<List<Integer>> partitions();

    /** The offset of the next record of a partition that will be handed out. */
    Future<Long> position(int partition);

    /** Goes on with one partition at an offset. Records of that partition read before are dropped. */
    Future<Void> seek(int partition, long offset);

    /** Goes on with all partitions at a position; {@link Position#last} counts the records of each partition. */
    Future<Void> seek(Position position);

    /**
     * Commits what is done: with {@link #process} the finished prefix of each partition, otherwise everything that was
     * handed out. Succeeds when it is durable. Refused with INVALID_ARGUMENT without a group, and with ILLEGAL_GENERATION
     * when the partitions have gone to another member.
     */
    Future<Void> commit();

    /** Commits an offset of one partition: that of the first record that is not done. */
    Future<Void> commit(int partition, long offset);

    /** The offset that the group has committed for a partition, whoever did; null if none. */
    Future<@Nullable Long> committed(int partition);

    /** Called with the partitions that the group has given to this member, before their records come. */
    @Fluent
    Consumer<K, V> assignedHandler(@Nullable Handler<List<Integer>> handler);

    /**
     * Called with partitions that are to go to another member, when nothing of them is being processed and, where that is
     * done by itself, what is done is committed. They go when the future is complete.
     */
    @Fluent
    Consumer<K, V> revokedHandler(@Nullable Function<List<Integer>, Future<Void>> handler);

    /** Called with partitions that have gone to another member already, perhaps; nothing of them can be committed. */
    @Fluent
    Consumer<K, V> lostHandler(@Nullable Handler<List<Integer>> handler);

    /** Stops reading, waits for what is being processed, commits it, leaves the group and calls the end handler. */
    Future<Void> close();

    /** Called once, when the consumer cannot go on; the end handler is not called then. */
    @Override
    @Fluent
    Consumer<K, V> exceptionHandler(@Nullable Handler<Throwable> handler);

    @Override
    @Fluent
    Consumer<K, V> handler(@Nullable Handler<Record<K, V>> handler);

    @Override
    @Fluent
    Consumer<K, V> pause();

    @Override
    @Fluent
    Consumer<K, V> resume();

    @Override
    @Fluent
    Consumer<K, V> fetch(long amount);

    /** Called once after {@link #close}, or after the last record with {@link ConsumerOptions#isStopAtEnd}. */
    @Override
    @Fluent
    Consumer<K, V> endHandler(@Nullable Handler<Void> handler);
}
