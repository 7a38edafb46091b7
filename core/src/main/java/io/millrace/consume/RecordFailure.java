package io.millrace.consume;

import org.jspecify.annotations.Nullable;

/** A failure of processing that says itself what is to become of the record. Any other failure is for the options to judge. */
public final class RecordFailure extends RuntimeException {
    private final OnFailure verdict;

    private RecordFailure(OnFailure verdict, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.verdict = verdict;
    }

    /** The record is to be processed again at once. */
    public static RecordFailure retry(String detail, @Nullable Throwable cause) {
        return new RecordFailure(OnFailure.RETRY, detail, cause);
    }

    /** The record is not to be processed any more. */
    public static RecordFailure skip(String detail, @Nullable Throwable cause) {
        return new RecordFailure(OnFailure.SKIP, detail, cause);
    }

    /** The consumer is to end in front of the record. */
    public static RecordFailure stop(String detail, @Nullable Throwable cause) {
        return new RecordFailure(OnFailure.STOP, detail, cause);
    }

    public OnFailure verdict() {
        return verdict;
    }
}
