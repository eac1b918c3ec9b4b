import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.stream.Collectors;

import org.eclipse.leshan.client.LeshanClient;
import org.eclipse.leshan.client.LeshanClientBuilder;
import org.eclipse.leshan.client.engine.DefaultRegistrationEngineFactory;
import org.eclipse.leshan.client.object.Device;
import org.eclipse.leshan.client.object.LwM2mTestObject;
import org.eclipse.leshan.client.object.Security;
import org.eclipse.leshan.client.object.Server;
import org.eclipse.leshan.client.observer.LwM2mClientObserverAdapter;
import org.eclipse.leshan.client.resource.LwM2mObjectEnabler;
import org.eclipse.leshan.client.resource.ObjectsInitializer;
import org.eclipse.leshan.client.resource.SimpleInstanceEnabler;
import org.eclipse.leshan.client.send.ManualDataSender;
import org.eclipse.leshan.client.send.NoDataException;
import org.eclipse.leshan.client.servers.LwM2mServer;
import org.eclipse.leshan.core.ResponseCode;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.model.ResourceModel.Operations;
import org.eclipse.leshan.core.model.ResourceModel.Type;
import org.eclipse.leshan.core.model.StaticModel;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.CreateRequest;
import org.eclipse.leshan.core.request.DeleteRequest;
import org.eclipse.leshan.core.request.DeregisterRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.RegisterRequest;
import org.eclipse.leshan.core.request.UpdateRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.response.SendResponse;
import org.eclipse.leshan.transport.californium.client.endpoint.CaliforniumClientEndpointsProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coap.CoapClientProtocolProvider;
import org.eclipse.leshan.transport.californium.client.endpoint.coaps.CoapsClientProtocolProvider;

/**
 * A device on Eclipse Leshan's client library, for where its demo client cannot be had. It takes the demo's options -u,
 * -n, -l, -cp, -lh, -q (queue mode), -i and -p (PSK identity; key in hex), and -m with a table of objects as in
 * config/objects; it has the demo's objects 0, 1, 3, 6, 3303 and 3442. Commands on stdin: "update", "get PATH", "set PATH
 * VALUE", "create PATH", "delete PATH", "send PATH ...", "collect PATH ..." and "flush" (what was collected is sent with its
 * times), "quit"; what happens is told on stdout.
 */
public final class LeshanTestClient {
    private static final int SHORT_SERVER_ID = 123;
    private static final int SECURITY = 0, SERVER = 1, DEVICE = 3, LOCATION = 6, TEMPERATURE = 3303, TEST = 3442;
    private static final long SEND_PATIENCE_MS = 10_000;
    private static final long TEMPERATURE_PERIOD_MS = 2_000;

    /** Values 5700, 5701 and what goes with them; wanders by itself until it is set. */
    public static final class Temperature extends SimpleInstanceEnabler {
        private boolean isSet = false;

        public Temperature() {
            super(0, values());
        }

        private static Map<Integer, Object> values() {
            Map<Integer, Object> values = new HashMap<>();
            values.put(5700, 20d);
            values.put(5701, "cel");
            values.put(5601, 20d);
            values.put(5602, 20d);
            return values;
        }

        void put(int resource, double value) {
            write(LwM2mServer.SYSTEM, true, resource, LwM2mSingleResource.newFloatResource(resource, value));
        }

        synchronized void set(double value, boolean byHand) {
            if (isSet && !byHand) {
                return;
            }
            isSet = isSet || byHand;
            put(5700, value);
        }
    }

    /** Public, as the library makes further instances itself. */
    public static final class Battery extends Device {
        private int level = 92;

        public Battery() {
            super("Isthmus tests", "Model 500", "LT-500-000-0001", EnumSet.of(BindingMode.U));
        }

        @Override
        public ReadResponse read(LwM2mServer server, int resource) {
            switch (resource) {
            case 3:
                return ReadResponse.success(resource, "1.0.0");
            case 9:
                return ReadResponse.success(resource, (long) level);
            case 13:
                return ReadResponse.success(resource, new Date());
            case 14:
                return ReadResponse.success(resource, "+00");
            case 15:
                return ReadResponse.success(resource, "Etc/UTC");
            default:
                return super.read(server, resource);
            }
        }

        @Override
        public List<Integer> getAvailableResourceIds(ObjectModel model) {
            List<Integer> ids = new ArrayList<>(super.getAvailableResourceIds(model));
            for (int id : new int[] {3, 9, 13, 14, 15}) {
                if (!ids.contains(id)) {
                    ids.add(id);
                }
            }
            return ids;
        }

        void setLevel(int value) {
            level = value;
            fireResourceChange(9);
        }
    }

    private final LeshanClient client;
    private final Temperature temperature = new Temperature();
    private final Battery device = new Battery();

    private LeshanTestClient(Map<String, String> options) throws Exception {
        List<ObjectModel> models = new ArrayList<>(ObjectLoader.loadDefault());
        models.addAll(readTable(Path.of(options.get("-m")), TEMPERATURE, TEST));
        ObjectsInitializer objects = new ObjectsInitializer(new StaticModel(models));
        objects.setInstancesForObject(SECURITY, security(options));
        long lifetime = Long.parseLong(options.getOrDefault("-l", "300"));
        objects.setInstancesForObject(SERVER, new Server(SHORT_SERVER_ID, lifetime));
        objects.setInstancesForObject(DEVICE, device);
        Map<Integer, Object> place = new HashMap<>();
        place.put(0, 48.131d);
        place.put(1, 11.459d);
        place.put(5, new Date());
        objects.setInstancesForObject(LOCATION, new SimpleInstanceEnabler(0, place));
        objects.setInstancesForObject(TEMPERATURE, temperature);
        objects.setInstancesForObject(TEST, new LwM2mTestObject());

        DefaultRegistrationEngineFactory engine = new DefaultRegistrationEngineFactory();
        if (options.containsKey("-cp")) {
            engine.setCommunicationPeriod(Integer.parseInt(options.get("-cp")) * 1000);
        }
        engine.setQueueMode(options.containsKey("-q"));
        CaliforniumClientEndpointsProvider.Builder endpoints = new CaliforniumClientEndpointsProvider.Builder(
                new CoapClientProtocolProvider(), new CoapsClientProtocolProvider());
        if (options.containsKey("-lh")) {
            endpoints.setClientAddress(InetAddress.getByName(options.get("-lh")));
        }
        LeshanClientBuilder builder = new LeshanClientBuilder(options.getOrDefault("-n", "leshan"));
        builder.setObjects(objects.create(SECURITY, SERVER, DEVICE, LOCATION, TEMPERATURE, TEST));
        builder.setRegistrationEngineFactory(engine);
        builder.setEndpointsProviders(endpoints.build());
        builder.setDataSenders(new ManualDataSender());
        client = builder.build();
        client.addObserver(new Reporter());
    }

    private static Security security(Map<String, String> options) {
        if (!options.containsKey("-i")) {
            return Security.noSec(options.get("-u"), SHORT_SERVER_ID);
        }
        byte[] identity = options.get("-i").getBytes(StandardCharsets.UTF_8);
        return Security.psk(options.get("-u"), SHORT_SERVER_ID, identity, HexFormat.of().parseHex(options.get("-p")));
    }

    /** "object 3303 | Temperature | OM | 1.1 | ...", then a line per resource; of several versions the last one counts. */
    private static Collection<ObjectModel> readTable(Path table, Integer... wanted) throws IOException {
        Map<Integer, ObjectModel> models = new HashMap<>();
        String[] head = null;
        List<ResourceModel> resources = new ArrayList<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(table));
        lines.add("");
        for (String line : lines) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (line.startsWith("object ")) {
                head = cells;
            } else if (head != null && !line.isBlank()) {
                resources.add(resource(cells));
            } else if (head != null) {
                int id = Integer.parseInt(head[0].substring("object ".length()));
                if (Arrays.asList(wanted).contains(id)) {
                    boolean multiple = head[2].endsWith("M"), mandatory = head[2].startsWith("M");
                    models.put(id, new ObjectModel(id, head[1], "", head[3], multiple, mandatory, resources));
                }
                head = null;
                resources = new ArrayList<>();
            }
        }
        return models.values();
    }

    /** "5700 | Sensor Value | R | MS | Float". */
    private static ResourceModel resource(String[] cells) {
        Operations operations = cells[2].equals("-") ? Operations.NONE : Operations.valueOf(cells[2]);
        boolean multiple = cells[3].endsWith("M"), mandatory = cells[3].startsWith("M");
        return new ResourceModel(Integer.parseInt(cells[0]), cells[1], operations, multiple, mandatory, typeOf(cells[4]), "",
                "", "");
    }

    private static Type typeOf(String name) {
        switch (name) {
        case "Unsigned Integer":
            return Type.UNSIGNED_INTEGER;
        case "Objlnk":
            return Type.OBJLNK;
        case "Corelnk":
            return Type.CORELINK;
        default:
            return Type.valueOf(name.toUpperCase());
        }
    }

    private static final class Reporter extends LwM2mClientObserverAdapter {
        @Override
        public void onRegistrationSuccess(LwM2mServer server, RegisterRequest request, String registration) {
            say("registered " + registration);
        }

        @Override
        public void onUpdateSuccess(LwM2mServer server, UpdateRequest request) {
            say("updated");
        }

        @Override
        public void onDeregistrationSuccess(LwM2mServer server, DeregisterRequest request) {
            say("deregistered");
        }

        @Override
        public void onRegistrationFailure(LwM2mServer server, RegisterRequest request, ResponseCode code, String message,
                Exception cause) {
            say("not registered " + code + " " + message);
        }

        @Override
        public void onRegistrationTimeout(LwM2mServer server, RegisterRequest request) {
            say("not registered in time");
        }

        @Override
        public void onUnexpectedError(Throwable error) {
            say("error " + error);
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void start() {
        client.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> client.destroy(true)));
        Timer timer = new Timer(true);
        timer.schedule(new TimerTask() {
            @Override
            public void run() {
                temperature.set(Math.round((15 + Math.random() * 10) * 10) / 10d, false);
            }
        }, TEMPERATURE_PERIOD_MS, TEMPERATURE_PERIOD_MS);
    }

    private void send(List<String> paths) throws InterruptedException {
        for (LwM2mServer server : client.getRegisteredServers().values()) {
            SendResponse response =
                    client.getSendService().sendData(server, ContentFormat.SENML_CBOR, paths, SEND_PATIENCE_MS);
            say("sent " + (response == null ? "without an answer" : response.getCode()));
        }
    }

    private ManualDataSender collector() {
        return client.getSendService().getDataSender(ManualDataSender.DEFAULT_NAME, ManualDataSender.class);
    }

    private void flush() {
        try {
            for (LwM2mServer server : client.getRegisteredServers().values()) {
                collector().sendCollectedData(server, ContentFormat.SENML_CBOR, SEND_PATIENCE_MS, false);
                say("flushed");
            }
        } catch (NoDataException none) {
            say("error nothing was collected");
        }
    }

    private LwM2mObjectEnabler objectOf(LwM2mPath path) {
        return client.getObjectTree().getObjectEnabler(path.getObjectId());
    }

    private void get(String text) {
        ReadResponse response = objectOf(new LwM2mPath(text)).read(LwM2mServer.SYSTEM, new ReadRequest(text));
        say("value " + text + " " + (response.isSuccess() ? response.getContent() : response.getCode()));
    }

    private void set(String text, String value) {
        LwM2mPath path = new LwM2mPath(text);
        if (text.equals("/3303/0/5700")) {
            temperature.set(Double.parseDouble(value), true);
        } else if (text.startsWith("/3303/0/")) {
            temperature.put(path.getResourceId(), Double.parseDouble(value));
        } else if (text.equals("/3/0/9")) {
            device.setLevel(Integer.parseInt(value));
        } else {
            LwM2mObjectEnabler object = objectOf(path);
            Type type = object.getObjectModel().resources.get(path.getResourceId()).type;
            LwM2mResource resource = LwM2mSingleResource.newResource(path.getResourceId(), typed(value, type), type);
            done("set " + text + " " + value, object.write(LwM2mServer.SYSTEM, new WriteRequest(WriteRequest.Mode.REPLACE,
                    null, path, resource)));
            return;
        }
        say("set " + text + " " + value);
    }

    private static Object typed(String value, Type type) {
        switch (type) {
        case INTEGER:
            return Long.parseLong(value);
        case FLOAT:
            return Double.parseDouble(value);
        case BOOLEAN:
            return Boolean.parseBoolean(value);
        default:
            return value;
        }
    }

    private void create(String text) {
        LwM2mPath path = new LwM2mPath(text);
        LwM2mObjectInstance instance = new LwM2mObjectInstance(path.getObjectInstanceId(), new ArrayList<>());
        done("created " + text,
                objectOf(path).create(LwM2mServer.SYSTEM, new CreateRequest(null, path.getObjectId(), instance)));
    }

    private void delete(String text) {
        done("deleted " + text, objectOf(new LwM2mPath(text)).delete(LwM2mServer.SYSTEM, new DeleteRequest(text)));
    }

    private static void done(String what, LwM2mResponse response) {
        say(response.isSuccess() ? what : "error " + response.getCode() + " " + response.getErrorMessage() + ": " + what);
    }

    private boolean obey(String line) throws InterruptedException {
        List<String> words = Arrays.asList(line.trim().split("\\s+"));
        List<String> arguments = words.subList(1, words.size());
        switch (words.get(0)) {
        case "update":
            client.triggerRegistrationUpdate();
            return true;
        case "send":
            send(arguments);
            return true;
        case "collect":
            collector().collectData(arguments.stream().map(LwM2mPath::new).collect(Collectors.toList()));
            say("collected " + String.join(" ", arguments));
            return true;
        case "flush":
            flush();
            return true;
        case "create":
            create(arguments.get(0));
            return true;
        case "delete":
            delete(arguments.get(0));
            return true;
        case "get":
            get(arguments.get(0));
            return true;
        case "set":
            set(arguments.get(0), arguments.get(1));
            return true;
        case "quit":
            return false;
        default:
            say("error no such command: " + line);
            return true;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; ++i) {
            boolean hasValue = i + 1 < arguments.length && !arguments[i + 1].startsWith("-");
            options.put(arguments[i], hasValue ? arguments[++i] : "");
        }
        LeshanTestClient device = new LeshanTestClient(options);
        device.start();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            for (String line = commands.readLine(); line != null && device.obey(line); line = commands.readLine()) {
                continue;
            }
        } catch (IOException gone) {
            say("error " + gone);
        }
        System.exit(0);
    }
}
