package io.millrace.examples.desk;

import io.millrace.BrokerOptions;
import io.millrace.TopicOptions;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.gateway.http.HttpGateway;
import io.millrace.gateway.http.HttpGatewayOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Orders come over HTTP and are on disk when they are answered; billing, stock and mail each get every order once; a page
 * follows all of it. Configuration, all of it optional: {@code dataDir}, {@code port} of the page, {@code gatewayPort},
 * {@code ordersPerSecond} that customers place by themselves, and the {@code services}, a list of names.
 */
public class OrderDesk extends VerticleBase {
    static final String ORDERS = "desk.orders";
    static final String PROGRESS = "desk.progress";

    private static final JsonArray SERVICES = JsonArray.of("billing", "stock", "mail");
    private static final int PAGE_PORT = 8081;
    private static final int MAX_TOPIC_BYTES = 256 << 20;

    private @Nullable HttpGateway gateway;

    @Override
    public Future<?> start() {
        var config = config();
        var broker = EmbeddedBroker.create(
                vertx,
                new BrokerOptions()
                        .setDataDir(config.getString("dataDir", "millrace-data"))
                        .setTopics(List.of(topic(ORDERS, 3), topic(PROGRESS, 1))));
        var services = config.getJsonArray("services", SERVICES);
        var customers = new Customers(vertx);
        var page = new DeskPage(vertx, customers, services);
        return page.listen(config.getInteger("port", PAGE_PORT))
                .compose(port -> broker.start())
                .compose(started -> {
                    var served = new HttpGateway(new HttpGatewayOptions()
                            .setPort(config.getInteger("gatewayPort", HttpGatewayOptions.DEFAULT_PORT))
                            .setAllowedOrigins(page.origins()));
                    gateway = served;
                    return served.start(vertx, broker.node());
                })
                .onSuccess(address -> {
                    page.open(address);
                    customers.open(address);
                    customers.setPerSecond(config.getInteger("ordersPerSecond", 2));
                    for (var name : services) new Service(vertx, broker, name.toString()).start();
                    System.out.println("ORDER DESK at " + page.address() + ", orders go to http://" + address
                            + "/v1/topics/" + ORDERS + "/records");
                });
    }

    private static TopicOptions topic(String name, int partitions) {
        return new TopicOptions()
                .setName(name)
                .setPartitions(partitions)
                .putConfig("retention.bytes", Integer.toString(MAX_TOPIC_BYTES));
    }

    @Override
    public Future<?> stop() {
        return gateway == null ? Future.succeededFuture() : gateway.stop();
    }

    /** The configuration may be given as JSON: {@code '{"port":9000}'}. */
    public static void main(String[] args) {
        var config = args.length == 0 ? new JsonObject() : new JsonObject(args[0]);
        Vertx.vertx()
                .deployVerticle(new OrderDesk(), new DeploymentOptions().setConfig(config))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    System.exit(1);
                });
    }
}
