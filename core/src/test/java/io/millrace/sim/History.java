package io.millrace.sim;

import io.millrace.model.PartitionId;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/** What clients did and were told, over all lives of a node; and the last lines of it for whoever reads a failure. */
final class History {
    private static final int LINES = Integer.getInteger("lines", 60);

    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private final Map<PartitionId, Ledger> ledgers = new TreeMap<>();
    private long number;

    void tell(String line) {
        if (lines.size() == LINES) lines.removeFirst();
        lines.addLast(number++ + " " + line);
    }

    Ledger of(PartitionId id) {
        return ledgers.computeIfAbsent(id, unknown -> new Ledger(id, this));
    }

    Map<PartitionId, Ledger> ledgers() {
        return ledgers;
    }

    /** A sentence of the contract is broken. */
    AssertionError broken(String sentence) {
        return new AssertionError(sentence + "\nlast lines of the history:\n  " + String.join("\n  ", lines));
    }
}
