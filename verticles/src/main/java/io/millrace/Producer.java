package io.millrace;

import io.vertx.codegen.annotations.CacheReturn;
import io.vertx.codegen.annotations.Fluent;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.WriteStream;

/**
 * Sends records to one topic.
 *
 * <p>Records of one partition are stored in the order in which they were sent, and their futures complete in that order,
 * also when a batch had to be sent again. Batches form by themselves: a record leaves at once when nothing is under way
 * to its partition, and what is sent meanwhile shares the next batch.
 *
 * <p>A producer lives on the context that created it; it may be used from any thread, at the price of a hop. Mind {@link
 * #writeQueueFull}: sending on regardless is refused with BUFFER_FULL when twice the buffer is taken.
 */
@VertxGen
public interface Producer<K, V> extends WriteStream<OutgoingRecord<K, V>> {
    /** The topic this producer sends to. */
    @CacheReturn
    String topic();

    /** Sends a value without a key, to a partition that the producer chooses. */
    Future<Receipt> send(V value);

    /** Sends a value with a key. The same key always goes to the same partition. A null value is a tombstone. */
    Future<Receipt> send(@Nullable K key, @Nullable V value);

    /** Sends a record; the future succeeds when it is stored as the acknowledgement level demands. */
    Future<Receipt> send(OutgoingRecord<K, V> record);

    /** Sends a record and forgets it. A failure reaches the {@link #exceptionHandler} only. */
    void post(OutgoingRecord<K, V> record);

    /** The same as {@link #send}, for pipes. */
    @Override
    Future<Void> write(OutgoingRecord<K, V> record);

    /** Flushes, then {@link #close}s. */
    @Override
    Future<Void> end();

    /** Succeeds when everything sent before this call has been answered, one way or the other. */
    Future<Void> flush();

    /** Takes no more records, waits for those sent, and lets everything go. */
    Future<Void> close();

    /** Called with the failure of each batch that was given up, besides failing the futures of its records. */
    @Override
    @Fluent
    Producer<K, V> exceptionHandler(@Nullable Handler<Throwable> handler);

    /** Replaces {@link ProducerOptions#getBufferBytes}. */
    @Override
    @Fluent
    Producer<K, V> setWriteQueueMaxSize(int bytes);

    /** Whether the records that wait for their acknowledgement take {@link ProducerOptions#getBufferBytes} or more. */
    @Override
    boolean writeQueueFull();

    /** Called once when the full buffer has become half empty. */
    @Override
    @Fluent
    Producer<K, V> drainHandler(@Nullable Handler<Void> handler);
}
