package io.millrace.cluster;

import io.millrace.log.PartitionLog;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;

/** Brings an image from a snapshot to the end of the log. Refuses, rather than guess, when the two do not meet. Ring 1. */
final class MetadataRecovery {
    private static final int CHUNK_BYTES = 1 << 20;

    private final PartitionLog log;
    private final MetadataImage image;
    private final Promise<MetadataImage> done = Promise.promise();
    private boolean reading;
    private boolean looping;

    private MetadataRecovery(PartitionLog log, MetadataImage snapshot) {
        this.log = log;
        this.image = snapshot;
    }

    /** The image at the end of the log. {@code snapshot} is used up. */
    static Future<MetadataImage> run(PartitionLog log, MetadataImage snapshot) {
        var recovery = new MetadataRecovery(log, snapshot);
        if (snapshot.version() < log.start()) {
            return Future.failedFuture(Refusal.CORRUPT_MESSAGE.because("the metadata snapshot reaches version "
                    + snapshot.version() + " and the log begins at " + log.start()
                    + "; what lies between is lost, restore the snapshot from a backup"));
        }
        if (snapshot.version() > log.end()) {
            return Future.failedFuture(Refusal.CORRUPT_MESSAGE.because("the metadata snapshot reaches version "
                    + snapshot.version() + " and the log ends at " + log.end()
                    + "; the log has lost its end, restore it from a backup"));
        }
        recovery.loop();
        return recovery.done.future();
    }

    /** One read at a time, without recursion for those that complete at once. */
    private void loop() {
        if (looping) return;
        looping = true;
        while (!reading && !done.future().isComplete()) {
            if (image.version() == log.end()) done.complete(image);
            else readOn();
        }
        looping = false;
    }

    private void readOn() {
        reading = true;
        log.read(image.version(), log.end(), CHUNK_BYTES).onComplete(read -> {
            reading = false;
            try {
                if (read.failed()) done.fail(read.cause());
                else applyAll(read.result());
            } catch (MillraceException | IllegalStateException | IllegalArgumentException broken) {
                done.fail(new MillraceException(
                        Refusal.CORRUPT_MESSAGE,
                        "the metadata log cannot be read at offset " + image.version() + ": " + broken.getMessage(),
                        broken));
            }
            loop();
        });
    }

    /** The first batch may begin before the version of the image, if a snapshot was taken within it. */
    private void applyAll(ByteBuffer chunk) {
        long before = image.version();
        int at = chunk.position();
        while (at < chunk.limit()) {
            int size = RecordBatch.sizeAt(chunk, at);
            if (size < 0 || size > chunk.limit() - at) {
                throw Refusal.CORRUPT_MESSAGE.because("a batch of " + size + " bytes in " + (chunk.limit() - at));
            }
            long offset = RecordBatch.at(chunk, at).baseOffset();
            for (var event : EventBatch.decode(RecordBatch.at(chunk, at))) {
                if (offset > image.version()) {
                    throw Refusal.CORRUPT_MESSAGE.because("offset " + offset + " follows " + image.version());
                }
                if (offset == image.version()) image.apply(event);
                offset++;
            }
            at += size;
        }
        if (image.version() == before) throw Refusal.CORRUPT_MESSAGE.because("the log gives nothing at " + before);
    }
}
