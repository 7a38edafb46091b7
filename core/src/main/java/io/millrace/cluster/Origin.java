package io.millrace.cluster;

/** Who asks for a change of metadata. */
public enum Origin {
    /** Somebody outside; topics of the broker itself are out of reach. */
    USER,
    /** The broker, for its own topics. */
    BROKER
}
