package io.millrace.group;

import java.nio.ByteBuffer;

/**
 * One way of dividing partitions that a member can take part in. Ring 0.
 *
 * @param name the name of the assignor
 * @param metadata what the leader must know of the member, as {@link ConsumerProtocol} writes it; read-only
 */
public record Protocol(String name, ByteBuffer metadata) {
    public Protocol {
        metadata = Bytes.keep(metadata);
    }

    /** A view of its own position over the same bytes. */
    @Override
    public ByteBuffer metadata() {
        return metadata.duplicate();
    }
}
