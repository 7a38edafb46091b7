package io.millrace.group;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The share of one member in its generation. Ring 0. */
public record Synced(String protocolType, @Nullable String protocol, ByteBuffer assignment) {
    public Synced {
        assignment = Bytes.keep(assignment);
    }

    @Override
    public ByteBuffer assignment() {
        return assignment.duplicate();
    }
}
