package io.millrace.gateway.http;

import io.millrace.gateway.Gateway;
import io.millrace.gateway.Node;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a node over HTTP: some listeners on the same port, each on its own event loop. */
public final class HttpGateway implements Gateway {
    private static final Logger LOG = LoggerFactory.getLogger(HttpGateway.class);
    private static final long DRAIN_LOOK_MILLIS = 10;

    private final HttpGatewayOptions options;
    private final Admission admission;
    private final List<String> deployments = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable Vertx vertx;
    private @Nullable Future<Void> stopping;

    public HttpGateway(HttpGatewayOptions options) {
        this.options = new HttpGatewayOptions(options);
        this.admission = new Admission(this.options);
    }

    @Override
    public String name() {
        return "http";
    }

    @Override
    public Future<String> start(Vertx vertx, Node node) {
        this.vertx = vertx;
        try {
            ServerSettings.check(options);
        } catch (IllegalArgumentException open) {
            return Future.failedFuture(open);
        }
        if (options.isInsecureNetwork() && !ServerSettings.isLoopback(options.getHost())) {
            LOG.warn("INSECURE: everybody who reaches {} may read and write everything", options.getHost());
        }
        var counters = new HttpCounters();
        int port = sharedPort(options.getPort());
        var bound = deploy(vertx, node, counters, port);
        for (int n = 1; n < options.getEventLoops(); n++) {
            bound = bound.compose(first -> deploy(vertx, node, counters, port));
        }
        return bound.map(actual -> address(options.getHost(), actual))
                .recover(failure -> stop().transform(stopped -> Future.failedFuture(failure)));
    }

    /** Listeners on a negative port share a free one, those of this gateway and, by its number, no others. */
    private static int sharedPort(int port) {
        return port != 0 ? port : -1 - ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    }

    private static String address(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private Future<Integer> deploy(Vertx vertx, Node node, HttpCounters counters, int port) {
        var listener = new Listener(options, port, node, admission, counters);
        listeners.add(listener);
        return vertx.deployVerticle(listener, new DeploymentOptions()).map(id -> {
            deployments.add(id);
            return listener.port();
        });
    }

    @Override
    public Future<Void> stop() {
        var running = vertx;
        if (running == null) return Future.succeededFuture();
        if (stopping == null) {
            admission.drain();
            for (var listener : listeners) listener.drain();
            stopping = drained(running).compose(drained -> undeploy(running));
        }
        return stopping;
    }

    /** Waits until no request is under way and no socket is open, or the time is over. */
    private Future<Void> drained(Vertx running) {
        var done = Promise.<Void>promise();
        long deadline = System.nanoTime() + options.getDrainTimeMillis() * 1_000_000L;
        lookWhetherDrained(running, deadline, done);
        return done.future();
    }

    private void lookWhetherDrained(Vertx running, long deadline, Promise<Void> done) {
        running.setTimer(DRAIN_LOOK_MILLIS, later -> {
            int left = admission.requestsUnderWay() + admission.sockets();
            if (left > 0 && System.nanoTime() < deadline) {
                lookWhetherDrained(running, deadline, done);
                return;
            }
            if (left > 0) LOG.warn("{} requests and sockets were cut off, the drain time is over", left);
            done.complete();
        });
    }

    private Future<Void> undeploy(Vertx running) {
        var each = new ArrayList<Future<Void>>();
        // A verticle that has started this gateway takes its listeners with it when it goes.
        var left = running.deploymentIDs();
        for (var id : deployments) if (left.contains(id)) each.add(running.undeploy(id));
        deployments.clear();
        return Future.join(each).mapEmpty();
    }
}
