package io.millrace.sim;

/** The process died here. Not an exception: nothing in the product may catch it and go on. */
public final class SimulatedCrash extends Error {
    public SimulatedCrash(String where) {
        super(where);
    }
}
