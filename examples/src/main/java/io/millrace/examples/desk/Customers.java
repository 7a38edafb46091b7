package io.millrace.examples.desk;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** People who order something now and then, over HTTP as anybody does. Lives on one event loop. */
final class Customers {
    static final int MOST_PER_SECOND = 500;

    private static final int TICK_MILLIS = 50;
    private static final int MOST_UNDER_WAY = 100;
    private static final List<String> NAMES = List.of(
            "Amara", "Bo", "Chidi", "Dilnoza", "Eun-ji", "Farid", "Greta", "Hana", "Ilse", "Jonas", "Kofi", "Lin");
    private static final List<String> GOODS = List.of(
            "Enamel kettle",
            "Linen apron",
            "Bread knife",
            "Oak board",
            "Salt cellar",
            "Milk pan",
            "Tea tin",
            "Egg timer");

    private final Vertx vertx;
    private final HttpClient client;
    private String host = "";
    private int port;
    private int perSecond;
    private double due;
    private int underWay;

    Customers(Vertx vertx) {
        this.vertx = vertx;
        this.client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(8));
    }

    /** @param address of the gateway, host and port */
    void open(String address) {
        int colon = address.lastIndexOf(':');
        host = address.substring(0, colon);
        port = Integer.parseInt(address.substring(colon + 1));
        vertx.setPeriodic(TICK_MILLIS, tick -> tick());
    }

    int perSecond() {
        return perSecond;
    }

    void setPerSecond(int orders) {
        if (orders < 0 || orders > MOST_PER_SECOND) {
            throw new IllegalArgumentException(orders + " orders a second; it may be 0 to " + MOST_PER_SECOND);
        }
        perSecond = orders;
    }

    private void tick() {
        due += perSecond * TICK_MILLIS / 1000.0;
        for (; due >= 1; due--) {
            if (underWay < MOST_UNDER_WAY) place();
        }
    }

    private void place() {
        var random = ThreadLocalRandom.current();
        var customer = NAMES.get(random.nextInt(NAMES.size()));
        int pieces = 1 + random.nextInt(4);
        var order = new JsonObject()
                .put("customer", customer)
                .put("item", GOODS.get(random.nextInt(GOODS.size())))
                .put("pieces", pieces)
                .put("cents", pieces * (390 + 50 * random.nextInt(60)));
        var request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(host)
                .setPort(port)
                .setURI("/v1/topics/" + OrderDesk.ORDERS + "/records")
                .putHeader("content-type", "application/json")
                .putHeader("record-key", customer);
        underWay++;
        client.request(request)
                .compose(open -> open.send(order.toBuffer()))
                .compose(answer -> answer.body())
                .onComplete(done -> underWay--);
    }
}
