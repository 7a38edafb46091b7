package io.millrace.gateway;

import static io.millrace.gateway.Session.Verdict.GO_ON;
import static io.millrace.gateway.Session.Verdict.PING;
import static io.millrace.gateway.Session.Verdict.SILENT;
import static io.millrace.gateway.Session.Verdict.SLOW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A socket as time goes by. */
class SessionTest {
    @Test
    void whoIsSilentIsAskedOnceAndThenGivenUp() {
        var session = new Session<String>(1, 100, 50, 0);
        assertThat(session.look(99)).isEqualTo(GO_ON);
        assertThat(session.look(100)).isEqualTo(PING);
        assertThat(session.look(150)).isEqualTo(GO_ON);
        assertThat(session.look(200)).isEqualTo(SILENT);
    }

    @Test
    void whoAnswersStays() {
        var session = new Session<String>(1, 100, 50, 0);
        for (long now = 100; now < 10_000; now += 100) {
            assertThat(session.look(now)).isEqualTo(PING);
            session.heard(now);
        }
    }

    @Test
    void whoTakesNothingForTooLongIsSlow() {
        var session = new Session<String>(1, 100, 50, 0);
        session.stalled(true, 10);
        session.stalled(true, 40);
        assertThat(session.look(59)).isEqualTo(GO_ON);
        assertThat(session.look(60)).isEqualTo(SLOW);
        session.stalled(false, 61);
        assertThat(session.look(61)).isEqualTo(GO_ON);
        assertThat(session.isStalled()).isFalse();
    }

    @Test
    void silenceMeansNothingWhileWeDoNotListen() {
        var session = new Session<String>(1, 100, 1_000_000, 0);
        session.deaf(true, 0);
        assertThat(session.look(5_000)).isEqualTo(GO_ON);
        session.deaf(false, 5_000);
        assertThat(session.look(5_099)).isEqualTo(GO_ON);
        assertThat(session.look(5_200)).isEqualTo(SILENT);
    }

    @Test
    void channelsHaveNumbersOfTheirOwnAndALimit() {
        var session = new Session<String>(2, 100, 50, 0);
        assertThat(session.open(7, "a")).isTrue();
        assertThat(session.open(7, "b")).isFalse();
        assertThat(session.hasRoom()).isTrue();
        assertThat(session.open(0, "c")).isTrue();
        assertThat(session.hasRoom()).isFalse();
        assertThat(session.channels()).containsExactly("a", "c");
        assertThat(session.close(7)).isEqualTo("a");
        assertThat(session.close(7)).isNull();
        assertThat(session.channel(7)).isNull();
    }
}
