package io.millrace.broker.client;

import java.util.concurrent.ThreadLocalRandom;

/** Makes ids for records: 26 characters of which the first ten tell the time, so that they sort by age (ULID). */
final class RecordIds {
    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int TIME_DIGITS = 10;
    private static final int LENGTH = 26;

    private RecordIds() {}

    /** An id of this moment, with 80 random bits. */
    static String next(long now) {
        var random = ThreadLocalRandom.current();
        return text(now, random.nextLong(), random.nextLong());
    }

    static String text(long now, long high, long low) {
        var text = new char[LENGTH];
        for (int n = 0; n < TIME_DIGITS; n++) text[n] = DIGITS[(int) (now >>> (5 * (TIME_DIGITS - 1 - n))) & 31];
        for (int n = 0; n < 8; n++) {
            text[TIME_DIGITS + n] = DIGITS[(int) (high >>> (5 * n)) & 31];
            text[TIME_DIGITS + 8 + n] = DIGITS[(int) (low >>> (5 * n)) & 31];
        }
        return new String(text);
    }
}
