package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;

/** Runs the technology compatibility kit of Reactive Streams, which is written for TestNG, against a consumer. */
class FlowablePublisherTest {
    /** What the kit asks for: publishers of so many elements. */
    public static class Kit extends PublisherVerification<Long> {
        static Broker broker;
        static boolean isBroken;

        public Kit() {
            super(new TestEnvironment(500, 100), 500);
        }

        @Override
        public long maxElementsFromPublisher() {
            return 10_000;
        }

        @Override
        public Publisher<Long> createPublisher(long elements) {
            var consumer = new io.millrace.rxjava3.Broker(broker)
                    .consumer(
                            new ConsumerOptions()
                                    .setTopic("kit")
                                    .setFrom(Position.last(elements))
                                    .setStopAtEnd(true),
                            Codec.string(),
                            Codec.string());
            var records = consumer.toFlowable().map(record -> record.offset());
            return isBroken
                    ? records.onBackpressureBuffer()
                            .doOnRequest(n -> {})
                            .startWithItem(-1L)
                            .repeat(2)
                    : records;
        }

        @Override
        public Publisher<Long> createFailedPublisher() {
            return new io.millrace.rxjava3.Broker(broker)
                    .consumer("nowhere", Codec.string())
                    .toFlowable()
                    .map(record -> record.offset());
        }
    }

    private static TestListenerAdapter run() {
        var listener = new TestListenerAdapter();
        var kit = new TestNG(false);
        kit.setVerbose(0);
        kit.setTestClasses(new Class<?>[] {Kit.class});
        kit.addListener(listener);
        kit.run();
        return listener;
    }

    private static List<String> names(List<ITestResult> results) {
        var names = new ArrayList<String>();
        for (var result : results) {
            var cause = result.getThrowable();
            names.add(result.getName() + (cause == null ? "" : ": " + cause));
        }
        return names;
    }

    @Test
    void theGeneratedPublisherKeepsTheContractAndABrokenOneIsCaught() throws Exception {
        var vertx = Vertx.vertx();
        Kit.broker = await(Broker.create(vertx).start());
        await(Kit.broker.createTopic("kit"));
        var producer = Kit.broker.producer("kit", Codec.string());
        for (int n = 0; n < 10_000; n++) producer.send("record " + n);
        await(producer.flush());
        try {
            Kit.isBroken = false;
            var kept = run();
            assertThat(names(kept.getFailedTests())).isEmpty();
            assertThat(kept.getPassedTests()).hasSizeGreaterThanOrEqualTo(20);

            Kit.isBroken = true;
            assertThat(run().getFailedTests()).isNotEmpty();
        } finally {
            await(Kit.broker.close());
            await(vertx.close());
        }
    }
}
