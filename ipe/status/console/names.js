// What the commonest objects and resources of the OMNA registry are called, to make paths readable. The path itself is
// always shown too, so that an object missing here loses nothing.

const objects = {
  0: "Security", 1: "Server", 2: "Access Control", 3: "Device", 4: "Connectivity", 5: "Firmware Update", 6: "Location", 7: "Connectivity Statistics",
  3200: "Digital Input", 3201: "Digital Output", 3202: "Analogue Input", 3203: "Analogue Output", 3300: "Generic Sensor", 3301: "Illuminance",
  3302: "Presence", 3303: "Temperature", 3304: "Humidity", 3305: "Power Measurement", 3306: "Actuation", 3308: "Set Point", 3310: "Load Control",
  3311: "Light Control", 3312: "Power Control", 3313: "Accelerometer", 3314: "Magnetometer", 3315: "Barometer", 3316: "Voltage", 3317: "Current",
  3318: "Frequency", 3319: "Depth", 3320: "Percentage", 3321: "Altitude", 3322: "Load", 3323: "Pressure", 3324: "Loudness", 3325: "Concentration",
  3326: "Acidity", 3327: "Conductivity", 3328: "Power", 3330: "Distance", 3331: "Energy", 3332: "Direction", 3334: "Gyrometer", 3336: "GPS Location",
  3337: "Positioner", 3338: "Buzzer", 3339: "Audio Clip", 3340: "Timer", 3341: "Text Display", 3342: "On/Off Switch", 3343: "Dimmer",
  3345: "Joystick", 3346: "Rate", 3347: "Push Button", 3348: "Multi-state Selector", 3428: "Air Quality",
};

const shared = {
  5500: "State", 5501: "Counter", 5547: "On Time Counter", 5600: "Minimum Measured", 5601: "Maximum Measured", 5602: "Minimum", 5603: "Maximum",
  5605: "Reset Minimum and Maximum", 5700: "Value", 5701: "Unit", 5702: "X Value", 5703: "Y Value", 5704: "Z Value", 5750: "Application Type",
  5800: "Active Power", 5805: "Cumulative Power", 5850: "On/Off", 5851: "Dimmer", 5852: "On Time", 5706: "Colour", 5514: "Latitude", 5515: "Longitude",
};

const own = {
  1: { 0: "Short Server ID", 1: "Lifetime", 6: "Store Notifications", 7: "Binding" },
  3: { 0: "Manufacturer", 1: "Model Number", 2: "Serial Number", 3: "Firmware Version", 6: "Power Sources", 7: "Supply Voltage", 8: "Supply Current",
    9: "Battery Level", 10: "Memory Free", 11: "Error Code", 13: "Current Time", 14: "UTC Offset", 15: "Timezone", 16: "Bindings", 17: "Device Type",
    18: "Hardware Version", 19: "Software Version", 20: "Battery Status", 21: "Memory Total" },
  4: { 0: "Network Bearer", 1: "Available Bearers", 2: "Radio Signal Strength", 3: "Link Quality", 4: "IP Addresses", 5: "Router Addresses", 8: "Cell ID" },
  5: { 1: "Package URI", 3: "State", 5: "Update Result", 6: "Package Name", 7: "Package Version" },
  6: { 0: "Latitude", 1: "Longitude", 2: "Altitude", 3: "Radius", 4: "Velocity", 5: "Timestamp", 6: "Speed" },
};

// "/3303/0" -> "Temperature"; the instance only if it is not the first.
export function objectName(path) {
  const [, object, instance] = path.split("/");
  const name = objects[object] ?? `Object ${object}`;
  return instance && instance !== "0" ? `${name} ${instance}` : name;
}

// "/3303/0/5700" -> "Temperature"; "/3303/0/5601" -> "Temperature, Maximum Measured"
export function resourceName(path) {
  const [, object, , resource, inner] = path.split("/");
  if (resource === undefined) return objectName(path);
  const name = own[object]?.[resource] ?? shared[resource] ?? `Resource ${resource}`;
  const suffix = inner === undefined ? "" : ` [${inner}]`;
  return resource === "5700" && objects[object] ? objectName(path) + suffix : `${objectName(path)}, ${name}${suffix}`;
}
