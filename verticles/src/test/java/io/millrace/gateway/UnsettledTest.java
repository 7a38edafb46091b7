package io.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What was delivered and is not settled. */
class UnsettledTest {
    @Test
    void eachRecordIsSettledOnce() {
        var unsettled = new Unsettled<String>();
        for (long n = 1; n <= 5; n++) unsettled.add(n, "r" + n);
        assertThat(unsettled.settle(3)).isEqualTo("r3");
        assertThat(unsettled.settle(3)).isNull();
        assertThat(unsettled.settle(9)).isNull();
        assertThat(unsettled.settleUpTo(4)).containsExactly("r1", "r2", "r4");
        assertThat(unsettled.settleUpTo(4)).isEmpty();
        assertThat(unsettled.size()).isEqualTo(1);
    }

    @Test
    void whatIsForgottenCannotBeSettled() {
        var unsettled = new Unsettled<String>();
        unsettled.add(1, "a");
        unsettled.add(2, "b");
        unsettled.forget("a"::equals);
        assertThat(unsettled.settleUpTo(Long.MAX_VALUE)).containsExactly("b");
    }
}
