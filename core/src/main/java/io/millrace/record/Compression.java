package io.millrace.record;

import static io.millrace.model.Refusal.UNSUPPORTED_COMPRESSION;

import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * How the records of a batch are packed. The numbers and the formats are Kafka's. Gzip comes with the JDK; each of the
 * others needs a jar, which is looked for only when that codec is used.
 */
public enum Compression {
    NONE(0, ""),
    GZIP(1, ""),
    SNAPPY(2, "org.xerial.snappy:snappy-java"),
    LZ4(3, "at.yawk.lz4:lz4-java"),
    ZSTD(4, "com.github.luben:zstd-jni");

    private static final Compression[] BY_ID = values();

    private final int id;
    private final String artifact;

    Compression(int id, String artifact) {
        this.id = id;
        this.artifact = artifact;
    }

    /** The codec with a number; refuses others with UNSUPPORTED_COMPRESSION. */
    public static Compression of(int id) {
        if (id < 0 || id >= BY_ID.length)
            throw UNSUPPORTED_COMPRESSION.because(
                    "codec " + id + " does not exist; 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd");
        return BY_ID[id];
    }

    /** The number in the attributes of a batch. */
    public int id() {
        return id;
    }

    /** Whether the jar of this codec is there and its native part runs on this machine. */
    public boolean isAvailable() {
        try {
            require();
            return true;
        } catch (MillraceException missing) {
            return false;
        }
    }

    /** Refuses with UNSUPPORTED_COMPRESSION, naming the jar, where {@link #isAvailable} is false. */
    public void require() {
        codec();
    }

    /**
     * The unpacked bytes, as they are read. Damage shows as an {@link IOException}, or as any unchecked exception of the
     * codec.
     *
     * @param cap the most bytes that the caller will read; a format that must unpack a piece as a whole refuses one
     *     which is larger
     */
    InputStream unpack(ByteBuffer packed, long cap) throws IOException {
        return codec().unpack(packed, cap);
    }

    /** Packs what is written; closing the stream finishes the format. */
    OutputStream pack(OutputStream packed) throws IOException {
        return codec().pack(packed);
    }

    private Codec codec() {
        try {
            return switch (this) {
                case NONE -> new PlainCodec();
                case GZIP -> new GzipCodec();
                case SNAPPY -> new SnappyCodec();
                case LZ4 -> new Lz4Codec();
                case ZSTD -> new ZstdCodec();
            };
        } catch (LinkageError missing) {
            throw new MillraceException(
                    UNSUPPORTED_COMPRESSION,
                    this + " needs " + artifact + " on the class path, with native code for this machine ("
                            + missing.getClass().getSimpleName() + ": " + missing.getMessage() + ")",
                    missing);
        }
    }

    /** The name as it is used in configuration. */
    @Override
    public String toString() {
        return switch (this) {
            case NONE -> "none";
            case GZIP -> "gzip";
            case SNAPPY -> "snappy";
            case LZ4 -> "lz4";
            case ZSTD -> "zstd";
        };
    }

    /** One format. Whoever makes one that needs a jar gets a {@link LinkageError} when the jar is not there. */
    interface Codec {
        InputStream unpack(ByteBuffer packed, long cap) throws IOException;

        OutputStream pack(OutputStream packed) throws IOException;
    }
}
