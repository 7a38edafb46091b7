package io.millrace.consume;

/** What becomes of a record whose processing failed. */
public enum OnFailure {
    /** It is processed again at once, before what is behind it in its order. */
    RETRY,
    /** It counts as processed. */
    SKIP,
    /** The consumer ends, and the record stays unprocessed: it is the next one for whoever comes. */
    STOP
}
