package io.millrace;

import io.millrace.broker.EmbeddedBroker;
import io.vertx.codegen.annotations.GenIgnore;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;

/**
 * A streaming broker inside this Vert.x application. Several brokers may live in one JVM; they do not know of each other.
 *
 * <p>May be used from any thread. Futures complete on the context of the caller. Closing the verticle that created a
 * broker, producer or consumer closes it.
 */
@VertxGen
public interface Broker {
    /** A broker that keeps everything in memory and forgets it when it is closed. */
    static Broker create(Vertx vertx) {
        return create(vertx, new BrokerOptions());
    }

    /** A broker as the options say. Nothing is opened before {@link #start}. */
    static Broker create(Vertx vertx, BrokerOptions options) {
        return EmbeddedBroker.create(vertx, options);
    }

    /** Opens storage, recovers what is there, creates the topics that the options name, and serves. */
    Future<Broker> start();

    /**
     * Closes all producers (sending what they hold) and consumers, then the storage. Closing twice is harmless, and so is
     * closing what was never started.
     */
    Future<Void> close();

    /** Creates a topic with the default options. */
    Future<TopicDescription> createTopic(String topic);

    /**
     * Creates a topic. The same topic with the same options again is no error; with other options it is refused with
     * ALREADY_EXISTS.
     */
    Future<TopicDescription> createTopic(String topic, TopicOptions options);

    /** The names of all topics, sorted. */
    Future<List<String>> topics();

    /** What there is to know about a topic and its partitions. */
    Future<TopicDescription> describeTopic(String topic);

    /**
     * Changes the configuration of a topic: puts the values of {@code set}, and returns the keys of {@code remove} to their
     * defaults. All or nothing.
     */
    Future<TopicDescription> alterTopic(String topic, Map<String, String> set, List<String> remove);

    /**
     * Raises the number of partitions to {@code partitions}. Keys are spread over the partitions by their hash, so most
     * keys will go to another partition from then on; the order of a key across the change is not kept.
     */
    Future<TopicDescription> addPartitions(String topic, int partitions);

    /** Deletes a topic and its records for good. */
    Future<Void> deleteTopic(String topic);

    /** All consumer groups of this broker. */
    Future<List<GroupSummary>> listGroups();

    /** Members, shares, offsets and lag of a group; GROUP_NOT_FOUND if there is none. */
    Future<GroupDescription> describeGroup(String group);

    /**
     * Lets a group without members go on elsewhere; gives what was moved, or with {@link GroupSeek#isDryRun} what would
     * be. All or nothing. GROUP_NOT_EMPTY if it has members, OFFSET_OUT_OF_RANGE for an offset that a partition does not
     * have. With a topic, a group that does not exist is made.
     */
    Future<List<GroupMove>> seekGroup(String group, GroupSeek seek);

    /** Forgets a group without members and all its offsets; GROUP_NOT_EMPTY if it has members. */
    Future<Void> deleteGroup(String group);

    /** A producer with string keys and the default options. The topic is looked up with the first record. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    <V> Producer<String, V> producer(String topic, Codec<V> values);

    /** A producer for {@link ProducerOptions#getTopic}. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    <K, V> Producer<K, V> producer(ProducerOptions options, Codec<K> keys, Codec<V> values);

    /** A consumer with string keys that reads the whole topic from its earliest record. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    <V> Consumer<String, V> consumer(String topic, Codec<V> values);

    /** A consumer for {@link ConsumerOptions#getTopic}. It reads when it has a handler and demand. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    <K, V> Consumer<K, V> consumer(ConsumerOptions options, Codec<K> keys, Codec<V> values);
}
