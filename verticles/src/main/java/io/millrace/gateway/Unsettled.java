package io.millrace.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What was delivered on one channel and is not settled yet, by its number. To settle something twice does no harm. Ring 0,
 * for one thread.
 *
 * @param <T> what is to be told when a record is settled
 */
public final class Unsettled<T> {
    private final TreeMap<Long, T> byNumber = new TreeMap<>();

    /** A record was delivered under a number. */
    public void add(long number, T delivered) {
        byNumber.put(number, delivered);
    }

    /** The record is settled; null if it was before, or was never delivered. */
    public @Nullable T settle(long number) {
        return byNumber.remove(number);
    }

    /** All records up to a number are settled; gives those that were not before, in order. */
    public List<T> settleUpTo(long number) {
        var head = byNumber.headMap(number, true);
        var settled = new ArrayList<T>(head.values());
        head.clear();
        return settled;
    }

    /** Forgets what nobody may settle any more. */
    public void forget(Predicate<T> which) {
        byNumber.values().removeIf(which);
    }

    public int size() {
        return byNumber.size();
    }
}
