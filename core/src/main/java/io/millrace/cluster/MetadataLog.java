package io.millrace.cluster;

import io.vertx.core.Future;

/**
 * Where metadata survives: one node's own log, or one that several nodes agree on. Everything happens on one home thread,
 * and futures complete there. Ring 1.
 */
public interface MetadataLog {
    /**
     * Decides a command after all that were submitted before it. The reply comes when what was decided is durable and the
     * {@link #image} has it; so does the word that everything is so already.
     *
     * <p>Fails with the refusal of the command; with BUFFER_FULL when too many are waiting; with STORAGE_FAILED, which
     * leaves the outcome open and is final, when the log cannot be written; with CLOSED.
     */
    <R> Future<R> submit(MetadataCommand<R> command);

    /** The metadata as of the last durable event. It changes with later ones: other threads get a copy. */
    MetadataImage image();

    /** Tells {@code listener} of every event from now on, before the reply to its command. */
    void onChange(MetadataListener listener);

    /** Ends the command that is being written, refuses those that wait, and lets the log go. */
    Future<Void> close();
}
