{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			112,
			44
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						80,
						340,
						20
					],
					"text": "asks: the beat of its heart, and a subscription",
					"linecount": 1,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						370,
						80,
						340,
						20
					],
					"text": "hears, and says what it heard",
					"linecount": 1,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						305,
						340,
						20
					],
					"text": "sends what patches want, while somebody answers",
					"linecount": 1,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						370,
						310,
						340,
						20
					],
					"text": "is the one that sends: the newest; when it is closed, another",
					"linecount": 1,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						170,
						32.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "t 1"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						110,
						63.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "loadbang"
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						140,
						73.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "delay 1000"
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						200,
						75.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 1000"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						230,
						76.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/ping"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						260,
						57.0,
						22
					],
					"text": "s #0-net"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						140,
						200,
						81.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "metro 10000"
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						140,
						230,
						121.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/subscribe #3"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						140,
						260,
						57.0,
						22
					],
					"text": "s #0-net"
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						370,
						110,
						89.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "udpreceive #3"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "newobj",
					"numinlets": 3,
					"numoutlets": 3,
					"patching_rect": [
						370,
						150,
						183.0,
						22
					],
					"outlettype": [
						"",
						"",
						""
					],
					"text": "route /ladmg/pong /ladmg/token"
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						570,
						140,
						69.0,
						22
					],
					"text": "s ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						680,
						132,
						30,
						30
					],
					"comment": "all that the instrument says",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						370,
						190,
						37.0,
						22
					],
					"outlettype": [
						"int",
						"bang"
					],
					"text": "t 1 b"
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						370,
						250,
						65.0,
						22
					],
					"text": "s #0-alive"
				}
			},
			{
				"box": {
					"id": "obj-20",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						460,
						220,
						73.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "delay 3000"
				}
			},
			{
				"box": {
					"id": "obj-21",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						460,
						250,
						32.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "t 0"
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						460,
						280,
						65.0,
						22
					],
					"text": "s #0-alive"
				}
			},
			{
				"box": {
					"id": "obj-23",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						570,
						190,
						140.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend /ladmg/confirm"
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						570,
						220,
						57.0,
						22
					],
					"text": "s #0-net"
				}
			},
			{
				"box": {
					"id": "obj-25",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						400,
						47.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "gate 1"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						30,
						440,
						47.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "gate 1"
				}
			},
			{
				"box": {
					"id": "obj-27",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						480,
						93.0,
						22
					],
					"text": "udpsend #1 #2"
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						340,
						71.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r #0-owner"
				}
			},
			{
				"box": {
					"id": "obj-29",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						120,
						340,
						74.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "inlet",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						210,
						332,
						30,
						30
					],
					"outlettype": [
						""
					],
					"comment": "a message for the instrument",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						120,
						410,
						63.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r #0-alive"
				}
			},
			{
				"box": {
					"id": "obj-32",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						120,
						450,
						55.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r #0-net"
				}
			},
			{
				"box": {
					"id": "obj-33",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						370,
						460,
						33.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "i #0"
				}
			},
			{
				"box": {
					"id": "obj-34",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						540,
						370,
						37.0,
						22
					],
					"outlettype": [
						"bang",
						"int"
					],
					"text": "t b 0"
				}
			},
			{
				"box": {
					"id": "obj-35",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						540,
						440,
						57.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "gate 1 1"
				}
			},
			{
				"box": {
					"id": "obj-36",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						370,
						340,
						63.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "loadbang"
				}
			},
			{
				"box": {
					"id": "obj-37",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						370,
						490,
						92.0,
						22
					],
					"text": "s ladmg.owner"
				}
			},
			{
				"box": {
					"id": "obj-38",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						540,
						340,
						61.0,
						22
					],
					"outlettype": [
						"bang"
					],
					"text": "freebang"
				}
			},
			{
				"box": {
					"id": "obj-39",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						440,
						400,
						80.0,
						22
					],
					"text": "s ladmg.free"
				}
			},
			{
				"box": {
					"id": "obj-40",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						600,
						400,
						78.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.free"
				}
			},
			{
				"box": {
					"id": "obj-41",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						370,
						530,
						90.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.owner"
				}
			},
			{
				"box": {
					"id": "obj-42",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						370,
						560,
						45.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "== #0"
				}
			},
			{
				"box": {
					"id": "obj-43",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						370,
						590,
						73.0,
						22
					],
					"text": "s #0-owner"
				}
			},
			{
				"box": {
					"id": "obj-44",
					"maxclass": "led",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						570,
						20,
						20
					],
					"outlettype": [
						"int"
					],
					"oncolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"offcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"ignoreclick": 1,
					"presentation": 1,
					"presentation_rect": [
						6,
						24,
						14,
						14
					]
				}
			},
			{
				"box": {
					"id": "obj-45",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						540,
						63.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r #0-alive"
				}
			},
			{
				"box": {
					"id": "obj-46",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						120,
						540,
						80,
						24
					],
					"fontname": "Arial",
					"fontsize": 14.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"text": "LADMG",
					"fontface": 1,
					"presentation": 1,
					"presentation_rect": [
						2,
						2,
						108,
						20
					]
				}
			},
			{
				"box": {
					"id": "obj-47",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						120,
						570,
						80,
						20
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "connected",
					"presentation": 1,
					"presentation_rect": [
						22,
						23,
						86,
						18
					]
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-6",
						0
					],
					"destination": [
						"obj-7",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-7",
						0
					],
					"destination": [
						"obj-5",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-8",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						0
					],
					"destination": [
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-11",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-11",
						0
					],
					"destination": [
						"obj-12",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-12",
						0
					],
					"destination": [
						"obj-13",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-15",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-16",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-17",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-15",
						0
					],
					"destination": [
						"obj-18",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-18",
						0
					],
					"destination": [
						"obj-19",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-18",
						1
					],
					"destination": [
						"obj-20",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-20",
						0
					],
					"destination": [
						"obj-21",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-21",
						0
					],
					"destination": [
						"obj-22",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-15",
						1
					],
					"destination": [
						"obj-23",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-23",
						0
					],
					"destination": [
						"obj-24",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-28",
						0
					],
					"destination": [
						"obj-25",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-29",
						0
					],
					"destination": [
						"obj-25",
						1
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-30",
						0
					],
					"destination": [
						"obj-25",
						1
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-25",
						0
					],
					"destination": [
						"obj-26",
						1
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-31",
						0
					],
					"destination": [
						"obj-26",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-26",
						0
					],
					"destination": [
						"obj-27",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-32",
						0
					],
					"destination": [
						"obj-27",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-36",
						0
					],
					"destination": [
						"obj-33",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-33",
						0
					],
					"destination": [
						"obj-37",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-38",
						0
					],
					"destination": [
						"obj-34",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-34",
						0
					],
					"destination": [
						"obj-39",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-34",
						1
					],
					"destination": [
						"obj-35",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-35",
						0
					],
					"destination": [
						"obj-33",
						0
					],
					"midpoints": [
						549.5,
						470,
						358,
						470,
						358,
						452,
						379.5,
						452
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-40",
						0
					],
					"destination": [
						"obj-35",
						1
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-41",
						0
					],
					"destination": [
						"obj-42",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-42",
						0
					],
					"destination": [
						"obj-43",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-45",
						0
					],
					"destination": [
						"obj-44",
						0
					]
				}
			}
		]
	}
}
