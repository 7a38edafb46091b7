package io.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.sim.Seeds;
import org.junit.jupiter.api.Test;

/** The arithmetic of demand. */
class CreditTest {
    @Test
    void nothingIsDeliveredWithoutCredit() {
        var credit = new Credit();
        assertThat(credit.records()).isZero();
        credit.grant(3, -1, false);
        assertThat(credit.records()).isEqualTo(3);
        assertThat(credit.next()).isEqualTo(1);
        credit.delivered(2, 100);
        assertThat(credit.records()).isEqualTo(1);
        assertThat(credit.next()).isEqualTo(3);
        assertThatThrownBy(() -> credit.delivered(2, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aGrantThatIsRepeatedDoesNoHarmAndALowerOnePauses() {
        var credit = new Credit();
        credit.grant(10, -1, false);
        credit.delivered(4, 4);
        credit.grant(10, -1, false);
        assertThat(credit.records()).isEqualTo(6);
        credit.grant(2, -1, false);
        assertThat(credit.records()).isZero();
        credit.grant(5, -1, false);
        assertThat(credit.records()).isEqualTo(1);
    }

    @Test
    void bytesAreAnotherLimitAndStayWhenTheyAreNotGiven() {
        var credit = new Credit();
        credit.grant(10, 100, false);
        assertThat(credit.bytes()).isEqualTo(100);
        credit.delivered(1, 150);
        assertThat(credit.records()).isZero();
        credit.grant(20, -1, false);
        assertThat(credit.records()).isZero();
        credit.grant(20, 151, false);
        assertThat(credit.records()).isEqualTo(19);
        assertThat(credit.bytes()).isEqualTo(1);
    }

    @Test
    void drainGivesBackWhatIsLeft() {
        var credit = new Credit();
        credit.grant(10, -1, true);
        credit.delivered(4, 4);
        assertThat(credit.isDraining()).isTrue();
        credit.drained();
        assertThat(credit.records()).isZero();
        assertThat(credit.isDraining()).isFalse();
        credit.grant(10, -1, false);
        assertThat(credit.records()).isEqualTo(6);
    }

    @Test
    void whateverIsGrantedInWhateverOrderNoNumberGoesBeyondTheLastGrant() {
        Seeds.forEach(1_000, random -> {
            var credit = new Credit();
            long until = 0;
            long number = 0;
            for (int step = 0; step < 200; step++) {
                if (random.nextInt(3) == 0) {
                    until = random.nextInt(1_000);
                    credit.grant(until, random.nextInt(4) == 0 ? random.nextInt(5_000) : -1, random.nextBoolean());
                    continue;
                }
                int most = (int) Math.min(credit.records(), 1 + random.nextInt(20));
                assertThat(credit.next()).isEqualTo(number + 1);
                if (most == 0) continue;
                credit.delivered(most, 10L * most);
                number += most;
                assertThat(number).isLessThanOrEqualTo(until);
                assertThat(credit.delivered()).isEqualTo(number);
            }
        });
    }

    @Test
    void aPublisherThatKeepsToItsCreditIsNeverStuckAndNeverHasMoreUnderWay() {
        Seeds.forEach(100, random -> {
            int window = 1 + random.nextInt(50);
            long maxBytes = 1 + random.nextInt(2_000);
            var credit = new PublishCredit(window, maxBytes);
            long until = credit.grantIfDue();
            assertThat(until).isEqualTo(window);
            long sent = 0;
            var sizes = new java.util.ArrayDeque<Integer>();
            while (sent < 300) {
                boolean send = sent < until && (sizes.isEmpty() || random.nextBoolean());
                if (send) {
                    int size = 1 + random.nextInt(300);
                    assertThat(credit.take(size)).isTrue();
                    sizes.add(size);
                    sent++;
                } else {
                    assertThat(sizes).as("stuck").isNotEmpty();
                    credit.settle(sizes.remove());
                    long more = credit.grantIfDue();
                    if (more >= 0) {
                        assertThat(more).isGreaterThan(until);
                        until = more;
                    }
                }
                assertThat(credit.pending()).isEqualTo(sizes.size()).isLessThanOrEqualTo(window);
                assertThat(until - (sent - sizes.size())).isLessThanOrEqualTo(window);
            }
        });
    }

    @Test
    void whoIgnoresHisCreditGoesWhenItIsMultiplyExceeded() {
        var credit = new PublishCredit(10, 1_000_000);
        assertThat(credit.grantIfDue()).isEqualTo(10);
        int taken = 0;
        while (credit.take(1)) taken++;
        assertThat(taken).isEqualTo(50);
    }

    @Test
    void noMoreCreditComesWhileTooManyBytesAreUnderWay() {
        var credit = new PublishCredit(10, 100);
        assertThat(credit.grantIfDue()).isEqualTo(10);
        credit.take(90);
        credit.take(120);
        credit.take(1);
        assertThat(credit.isFull()).isTrue();
        credit.settle(90);
        assertThat(credit.grantIfDue()).isEqualTo(-1);
        assertThat(credit.hasRoom()).isFalse();
        credit.settle(120);
        assertThat(credit.hasRoom()).isTrue();
        assertThat(credit.grantIfDue()).isEqualTo(12);
    }
}
