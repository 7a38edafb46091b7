package io.millrace.log.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CheckpointTest {
    private static final int LIMIT = 1000;
    /** Delete and create the temporary file, append, force, two renames, sync of the directory. */
    private static final int CHANGES_OF_A_WRITE = 7;

    private final CrashingDisk disk = new CrashingDisk();

    @Test
    void whatWasNeverWrittenIsEmpty() {
        assertThat(Checkpoint.read(disk, "state", LIMIT)).isEmpty();
    }

    @Test
    void theLastContentIsRead() {
        write("one");
        write("two");
        write("three");
        assertThat(read()).isEqualTo("three");
        assertThat(disk.list("")).extracting(Disk.Entry::name).containsExactly("state", "state.prev");
    }

    @Test
    void anEmptyPayloadIsAContent() {
        write("");
        assertThat(read()).isEmpty();
    }

    @Test
    void aCrashAtAnyStepLeavesTheOldOrTheNewContent() {
        for (long seed = 0; seed < 1000; seed++) {
            var random = new Random(seed);
            var crashing = new CrashingDisk();
            int life = 0;
            Checkpoint.write(crashing, "state", bytes("0"));
            for (int round = 0; round < 5; round++) {
                int next = life + 1;
                int step = random.nextInt(CHANGES_OF_A_WRITE + 1);
                crashing.dieBeforeChange(step);
                boolean returned = false;
                try {
                    Checkpoint.write(crashing, "state", bytes("" + next));
                    returned = true;
                } catch (CrashingDisk.PowerCut cut) {
                    assertThat(step).isLessThan(CHANGES_OF_A_WRITE);
                }
                crashing.powerUp(random);
                int found = Integer.parseInt(
                        text(Checkpoint.read(crashing, "state", LIMIT).orElseThrow()));
                var where = "seed " + seed + ", round " + round + ", died before change " + step;
                if (returned) assertThat(found).as(where).isEqualTo(next);
                else assertThat(found).as(where).isIn(life, next);
                life = found;
            }
        }
    }

    @Test
    void everyFlippedBitIsNoticedAndThePreviousContentIsRead() {
        for (int bit = 0; bit < (Checkpoint.HEADER_BYTES + 3) * 8; bit++) {
            var rotten = new CrashingDisk();
            Checkpoint.write(rotten, "state", bytes("old"));
            Checkpoint.write(rotten, "state", bytes("new"));
            rotten.flipBit("state", bit);
            assertThat(text(Checkpoint.read(rotten, "state", LIMIT).orElseThrow()))
                    .as("bit " + bit)
                    .isEqualTo("old");
        }
    }

    @Test
    void everyCutIsNoticedAndThePreviousContentIsRead() {
        for (int size = 0; size < Checkpoint.HEADER_BYTES + 3; size++) {
            var torn = new CrashingDisk();
            Checkpoint.write(torn, "state", bytes("old"));
            Checkpoint.write(torn, "state", bytes("new"));
            torn.cut("state", size);
            assertThat(text(Checkpoint.read(torn, "state", LIMIT).orElseThrow()))
                    .as("cut to " + size)
                    .isEqualTo("old");
        }
    }

    @Test
    void aDamagedFileNeverReplacesAGoodPredecessor() {
        write("one");
        write("two");
        disk.flipBit("state", 8 * Checkpoint.HEADER_BYTES);
        int replacing = 4;
        disk.dieBeforeChange(replacing);
        assertThatThrownBy(() -> write("three")).isInstanceOf(CrashingDisk.PowerCut.class);
        disk.powerUp(new Random(1));
        assertThat(read()).isEqualTo("one");
        write("four");
        assertThat(read()).isEqualTo("four");
        disk.flipBit("state", 0);
        assertThat(read()).isEqualTo("one");
    }

    @Test
    void damageWithoutAPredecessorIsRefusedAndNotTakenForEmptiness() {
        write("one");
        disk.flipBit("state", 0);
        assertThatThrownBy(this::read)
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("state is damaged")
                .extracting("refusal")
                .isEqualTo(Refusal.CORRUPT_MESSAGE);
    }

    @Test
    void aPayloadOverTheLimitIsRefusedBeforeItIsRead() {
        Checkpoint.write(disk, "state", ByteBuffer.allocate(LIMIT));
        assertThat(Checkpoint.read(disk, "state", LIMIT)).isPresent();
        assertThatThrownBy(() -> Checkpoint.read(disk, "state", LIMIT - 1))
                .isInstanceOf(DiskException.class)
                .extracting("reason")
                .isEqualTo(DiskException.Reason.TOO_LARGE);
    }

    @Test
    void aDeletedCheckpointIsEmpty() {
        write("one");
        write("two");
        Checkpoint.delete(disk, "state");
        assertThat(Checkpoint.read(disk, "state", LIMIT)).isEmpty();
    }

    private void write(String text) {
        Checkpoint.write(disk, "state", bytes(text));
    }

    private String read() {
        return text(Checkpoint.read(disk, "state", LIMIT).orElseThrow());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
