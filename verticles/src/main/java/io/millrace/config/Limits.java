package io.millrace.config;

/** Says no to values outside their limits, with the name, the value and the limit. */
public final class Limits {
    private Limits() {}

    public static int between(int least, int most, String name, int value) {
        return (int) between((long) least, most, name, value);
    }

    public static long between(long least, long most, String name, long value) {
        if (value < least) throw new IllegalArgumentException(name + " " + value + " is below " + least);
        if (value > most) throw new IllegalArgumentException(name + " " + value + " is above " + most);
        return value;
    }

    public static String notEmpty(String name, String value) {
        if (value.isEmpty()) throw new IllegalArgumentException(name + " is empty");
        return value;
    }
}
