package io.millrace.gateway.http;

/**
 * One subscription of a socket: delivers records, never more than the client has granted. It holds no records beyond the
 * frame that is being written; without credit, or while the socket takes nothing, the log is not read.
 */
sealed interface Channel permits TopicChannel, GroupChannel {
    /** The number that the client has chosen. */
    int number();

    /** Finds what is subscribed to; refuses what cannot be. */
    void begin(Sockets sockets);

    void grant(Frame.Grant grant);

    /** Goes on, if there is credit and the socket takes something. */
    void pump();

    /** Settles what was delivered; gives how many records that were. */
    int settle(Frame.Acknowledge ack);

    /** Says that nothing more will come, and goes. */
    void end(String reason);

    /** Goes without a word. */
    void close();

    /** To be called some times a second. */
    void look(Sockets sockets, long now);

    /** A frame of a channel up to its first own member. */
    static JsonWriter head(String type, int number) {
        return new JsonWriter(256)
                .plain("{\"t\":\"")
                .plain(type)
                .plain("\",\"ch\":")
                .number(number);
    }
}
