package io.millrace.log;

/** When a record counts as stored (durability contract, section 2). */
public enum FlushLevel {
    /** After it was synced to the device. Survives a power cut. */
    COMMIT("fsync"),
    /** When the operating system has it; synced every so many milliseconds. Survives the death of the process. */
    INTERVAL("os"),
    /** When the operating system has it, which syncs as it likes. Survives the death of the process. */
    OS("os"),
    /** When it is in memory. Survives nothing. */
    MEMORY("memory");

    private final String durable;

    FlushLevel(String durable) {
        this.durable = durable;
    }

    /** The word that receipts use for what an acknowledgement was worth. */
    public String durable() {
        return durable;
    }
}
