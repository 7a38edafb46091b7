package io.millrace;

import io.vertx.codegen.annotations.CacheReturn;
import io.vertx.codegen.annotations.Fluent;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import java.util.List;

/**
 * Reads one topic, or some of its partitions, from a position on. It keeps no position beyond its own life.
 *
 * <p>Demand reaches the log: after {@code pause(); fetch(10)} ten records come and the log is not read further than the
 * chunk that held them. Records of a partition come in the order of their offsets; partitions take turns.
 *
 * <p>A consumer lives on the context that created it: handlers run there, one record at a time. It may be steered from
 * any thread. {@code handler(null)} means leave: it ends reading for good, as {@link #close} does.
 */
@VertxGen
public interface Consumer<K, V> extends ReadStream<Record<K, V>> {
    /** The topic this consumer reads. */
    @CacheReturn
    String topic();

    /** The partitions it reads, ascending; they may become more when it reads the whole topic. */
    Future<List<Integer>> partitions();

    /** The offset of the next record of a partition that will be handed out. */
    Future<Long> position(int partition);

    /** Goes on with one partition at an offset. Records of that partition read before are dropped. */
    Future<Void> seek(int partition, long offset);

    /** Goes on with all partitions at a position; {@link Position#last} counts the records of each partition. */
    Future<Void> seek(Position position);

    /** Stops reading and calls the end handler. */
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
