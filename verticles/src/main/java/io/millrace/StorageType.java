package io.millrace;

/** Where a broker keeps its records. */
public enum StorageType {
    /** In memory; nothing survives the broker. */
    MEMORY,
    /** In segment files below the data directory. */
    SEGMENTS
}
