package io.millrace.log.disk;

import org.jspecify.annotations.Nullable;

/** The disk said no. */
public final class DiskException extends RuntimeException {
    private final Reason reason;

    public DiskException(Reason reason, String message) {
        this(reason, message, null);
    }

    public DiskException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    public enum Reason {
        NOT_FOUND,
        EXISTS,
        NOT_A_FILE,
        TOO_LARGE,
        /** The place cannot be used at all, and never could: it cannot be made, or may not be written. */
        UNUSABLE,
        /** Somebody else works on the directory. */
        LOCKED,
        /** No space left on the device, or a quota is used up. */
        FULL,
        /** Anything else: treat the device as broken. */
        FAILED
    }
}
