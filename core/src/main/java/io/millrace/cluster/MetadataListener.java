package io.millrace.cluster;

/** Hears what has happened to the metadata, in order, on the home thread of the metadata log. */
public interface MetadataListener {
    /** The event is durable and {@code image} has it already. */
    void changed(MetadataEvent event, MetadataImage image);
}
