package io.millrace.model;

import org.jspecify.annotations.Nullable;

/** A refusal that the caller is meant to see. It has no stack trace, because nothing went wrong here. */
public final class MillraceException extends RuntimeException {
    private final Refusal refusal;

    public MillraceException(Refusal refusal, String detail) {
        this(refusal, detail, null);
    }

    public MillraceException(Refusal refusal, String detail, @Nullable Throwable cause) {
        super(detail, cause, false, false);
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
