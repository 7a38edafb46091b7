package io.millrace.server;

/** What the process tells its parent. */
public final class Exit {
    public static final int SUCCESS = 0;
    /** The operation failed. */
    public static final int FAILED = 1;
    /** Wrong usage or configuration. */
    public static final int USAGE = 2;
    /** The storage failed, which stopped the broker. */
    public static final int STORAGE = 3;

    private Exit() {}
}
