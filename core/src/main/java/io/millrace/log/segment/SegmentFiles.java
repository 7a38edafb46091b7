package io.millrace.log.segment;

import java.util.regex.Pattern;

/** How the files of a log are called. Nothing else may lie in its directory. */
final class SegmentFiles {
    static final String LOG = ".log";
    static final String INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String SNAPSHOT = ".snapshot";
    /** Behind the name of a file that is to go; a start finishes the deletion. */
    static final String DELETED = ".deleted";

    static final String TEMPORARY = ".tmp";
    /** Behind the name of a segment: a compacted copy that is not finished; a start deletes it. */
    static final String CLEANED = ".cleaned";
    /** Behind the name of a segment: a finished copy that takes its place and that of its neighbours; a start goes on. */
    static final String SWAP = ".swap";
    /** The same under the name that a start gives it. */
    static final String SWAP_AGAIN = ".swap2";
    /** Up to where the log has been compacted. */
    static final String CLEANED_MARK = "cleaned";

    /** What the log is, where it starts, and up to where it is sealed. */
    static final String STATE = "state";
    /** Up to where it is known to be durable. */
    static final String MARK = "mark";

    /** No stored batch is larger; a length field that claims more is wrong. */
    static final int MAX_BATCH_BYTES = 128 << 20;

    private static final int BASE_DIGITS = 20;

    private static final Pattern OURS = Pattern.compile(
            "\\d{20}\\.(log|index|timeindex|snapshot)(\\.tmp|\\.deleted)?|\\d{20}\\.log\\.(cleaned|swap|swap2)|\\d{20}\\.torn-\\d+"
                    + "|(state|cleaned)(\\.tmp|\\.prev)?|mark");

    private SegmentFiles() {}

    static String name(long base, String suffix) {
        var digits = Long.toString(base);
        return "0".repeat(BASE_DIGITS - digits.length()) + digits + suffix;
    }

    /** The part of the log that was cut off because it was torn, kept aside. */
    static String torn(long base, long offset) {
        return name(base, ".torn-" + offset);
    }

    static boolean isOurs(String name) {
        return OURS.matcher(name).matches();
    }

    static long base(String name) {
        return Long.parseLong(name.substring(0, BASE_DIGITS));
    }
}
