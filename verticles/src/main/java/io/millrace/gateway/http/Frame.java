package io.millrace.gateway.http;

import org.jspecify.annotations.Nullable;

/** What a client may say over a WebSocket. */
sealed interface Frame {
    /**
     * Opens a channel, with a credit of 0.
     *
     * @param channel the number that the client chooses for it
     * @param partition the only partition wanted, or -1
     * @param failOnGap whether the channel ends when records at its position are gone, instead of going on behind them
     * @param lagMillis how often to tell how far the channel is behind; 0 for never
     */
    record Subscribe(
            int channel,
            @Nullable String topic,
            @Nullable String group,
            @Nullable String from,
            @Nullable String cursor,
            int partition,
            boolean failOnGap,
            long lagMillis)
            implements Frame {}

    /** Ends a channel. */
    record Unsubscribe(int channel) implements Frame {}

    /** Sets the credit of a channel; {@code bytes} is -1 where it stays as it is. */
    record Grant(int channel, long until, long bytes, boolean drain) implements Frame {}

    /** Settles the record with number {@code n}, or all up to it. */
    record Acknowledge(int channel, long n, boolean upTo, @Nullable String rid) implements Frame {}

    /** Asks whether somebody is there, where control frames do not get through. */
    record Ping() implements Frame {}

    /** One record to store. It is read into the same object again and again. */
    final class Publish extends RecordForm implements Frame {
        static final int MAX_RID_LENGTH = 128;

        @Nullable
        String rid;

        @Nullable
        String topic;

        @Nullable
        String acks;

        @Override
        void clear() {
            super.clear();
            rid = null;
            topic = null;
            acks = null;
        }

        @Override
        boolean other(com.fasterxml.jackson.core.JsonParser parser, String name) throws java.io.IOException {
            switch (name) {
                case "t" -> parser.skipChildren();
                case "rid" -> {
                    rid = text(parser, name);
                    if (rid != null && rid.length() > MAX_RID_LENGTH) {
                        rid = null;
                        wrong("/rid", "rid has at most " + MAX_RID_LENGTH + " characters");
                    }
                }
                case "topic" -> topic = text(parser, name);
                case "acks" -> acks = text(parser, name);
                default -> {
                    return false;
                }
            }
            return true;
        }
    }
}
